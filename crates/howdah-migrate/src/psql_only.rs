use crate::lexer::Kind;
use crate::split::Statement;

/// What psql runs and a server does not take. A script for psql must not have it: `\!` runs a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PsqlOnly {
    /// Where it starts.
    pub(crate) byte: usize,
    /// As it is written.
    pub(crate) what: String,
    /// What to write in its place.
    pub(crate) advice: &'static str,
}

impl PsqlOnly {
    /// All of it in a file: commands, whose backslash no SQL has outside of strings and comments, and `copy` from and to
    /// psql. What stands behind `copy ... from stdin` is data, so the search ends there.
    pub(crate) fn find(statements: &[Statement<'_>]) -> Vec<Self> {
        let mut found = Vec::new();
        for statement in statements {
            let copy = copy(statement);
            let end = copy.as_ref().map_or(usize::MAX, |copy| copy.byte);
            found.extend(commands(statement).filter(|command| command.byte < end));
            if let Some(copy) = copy {
                found.push(copy);
                break;
            }
        }
        found
    }
}

fn copy(statement: &Statement<'_>) -> Option<PsqlOnly> {
    if !(statement.has_word("stdin") || statement.has_word("stdout")) {
        return None;
    }
    let tokens = statement.tokens();
    // A command of psql ends with its line, so that a statement may begin on the next one.
    let begins_behind_command = |index: usize| {
        let (Some(last), Some(this)) = (tokens.get(index - 1), tokens.get(index)) else {
            return false;
        };
        let is_first = statement.text_between(last.end, this.start).contains('\n');
        is_first && commands(statement).any(|command| command.byte < this.start)
    };
    let begins = |index: &usize| {
        statement.is_words(*index, &["copy"]) && (*index == 0 || begins_behind_command(*index))
    };
    let index = (0..tokens.len()).find(begins)?;
    Some(PsqlOnly {
        byte: tokens.get(index)?.start,
        what: "`copy` from stdin or to stdout".to_owned(),
        advice: "write the rows as `insert`",
    })
}

fn commands<'a>(statement: &'a Statement<'_>) -> impl Iterator<Item = PsqlOnly> + 'a {
    let tokens = statement.tokens().iter().enumerate();
    let backslashes =
        tokens.filter(|(index, _)| statement.token(*index) == Some((Kind::Other, "\\")));
    backslashes.map(|(index, token)| {
        let name = statement.tokens().get(index + 1);
        let name = name.filter(|name| name.start == token.end);
        let name = name.map_or("", |name| statement.text_between(name.start, name.end));
        PsqlOnly {
            byte: token.start,
            what: format!("`\\{name}`"),
            advice: advice(name),
        }
    })
}

/// <https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMANDS>
fn advice(command: &str) -> &'static str {
    match command {
        "c" | "connect" => {
            "remove it: migrations run in the one database that the connection leads to"
        }
        "copy" => "write the rows as `insert`",
        "i" | "ir" | "include" | "include_relative" => {
            "write the text of that file here, or make it a migration of its own"
        }
        "g" | "gx" | "gexec" | "gset" => "end the statement with a semicolon",
        "set" => "remove it, and write the value where it is used",
        _ => "remove it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn found(sql: &str) -> Vec<String> {
        let found = PsqlOnly::find(&split(sql));
        found.into_iter().map(|one| one.what).collect()
    }

    #[test]
    fn commands_are_found_wherever_they_stand() {
        let sql = "\\set ON_ERROR_STOP on\n\\connect app\ncreate table a ();\nselect 1 \\gexec\n\\i other.sql";
        assert_eq!(found(sql), ["`\\set`", "`\\connect`", "`\\gexec`", "`\\i`"]);
    }

    #[test]
    fn data_behind_a_copy_is_not_read() {
        let sql = "\\c app\ncopy a from stdin;\n1\t\\N\n\\.\n";
        assert_eq!(found(sql), ["`\\c`", "`copy` from stdin or to stdout"]);
        let sql = "comment on table a is 'x'; copy a from stdin;\n1\t\\N\n\\.\n\\c app";
        assert_eq!(found(sql), ["`copy` from stdin or to stdout"]);
    }

    #[test]
    fn backslashes_in_strings_names_and_comments_are_text() {
        let sql = "select '\\c', E'\\'\\c', $$\n\\c\n$$, \"\\c\" -- \\c\n /* \\c */; copy a from '/stdin'";
        assert_eq!(found(sql), [""; 0]);
    }
}
