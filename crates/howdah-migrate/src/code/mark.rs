use crate::Problem;
use crate::lexer::{Kind, Lexer};
use crate::place::Place;
use crate::split::split;

/// What the mark of a stub starts with.
pub(crate) const MARK: &str = "howdah: code";

/// What a file says about the code that runs in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark<'a> {
    /// It is plain SQL.
    None,
    /// It is the stub of this code.
    Code(&'a str),
    /// There is something like a mark, which starts at this byte.
    Wrong(usize, &'static str),
}

impl<'a> Mark<'a> {
    pub(crate) fn of(sql: &'a str) -> Self {
        let mut found = Self::None;
        let mut in_head = true;
        for token in Lexer::new(sql) {
            if token.kind != Kind::Comment {
                in_head = false;
                continue;
            }
            let Some(name) = sql.get(token.start..token.end).and_then(name) else {
                continue;
            };
            let wrong = |message| Self::Wrong(token.start, message);
            found = match found {
                Self::None if !in_head => wrong(BEHIND),
                Self::None if is_word(name) => Self::Code(name),
                Self::None => wrong(NO_WORD),
                _ => return wrong(TWICE),
            };
        }
        match found {
            Self::Code(_) if !is_stub(sql) => Self::Wrong(0, STATEMENTS),
            found => found,
        }
    }

    pub(crate) fn problem(self, file: &str, sql: &str) -> Option<Problem> {
        let Self::Wrong(byte, message) = self else {
            return None;
        };
        let line = Place::of_byte(sql, byte).line;
        Some(Problem::new(file, message).at_line(line))
    }
}

const BEHIND: &str =
    "`-- howdah: code` counts only in front of all statements: move it to the head of the file";
const NO_WORD: &str =
    "`-- howdah: code` needs the name of the code, one word of letters, digits, `_`, `-` and `.`";
const TWICE: &str = "`-- howdah: code` stands twice: one migration is one piece of code";
const STATEMENTS: &str = "code runs in place of this file, so its statements would not run: move them to a file of \
     their own (a single `do` that raises an exception may stay, for runners that do not know the code)";

/// What stands behind the mark.
fn name(comment: &str) -> Option<&str> {
    let text = comment
        .strip_prefix("--")
        .or_else(|| comment.strip_prefix("/*")?.strip_suffix("*/"))?;
    let rest = text.trim().strip_prefix(MARK)?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

fn is_word(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && name.chars().all(is_part)
}

fn is_stub(sql: &str) -> bool {
    let statements = split(sql);
    match statements.as_slice() {
        [] => true,
        [guard] => guard.is_words(0, &["do"]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_stub_names_its_code() {
        for sql in [
            "-- howdah: code a_b",
            "-- why\n/* howdah: code  a_b */\n",
            "--howdah: code a_b\ndo $$ begin raise exception 'no'; end $$;",
            "-- no-transaction\n-- howdah: code a_b\n",
        ] {
            assert_eq!(Mark::of(sql), Mark::Code("a_b"), "{sql}");
        }
    }

    #[test]
    fn a_comment_that_only_speaks_of_code_is_no_mark() {
        for sql in [
            "-- code: a",
            "-- howdah: codes",
            "-- howdah: ignore a because b\nselect 1",
            "select '\n-- howdah: code a\n'",
        ] {
            assert_eq!(Mark::of(sql), Mark::None, "{sql}");
        }
    }

    #[test]
    fn a_mark_that_cannot_count_is_wrong() {
        for (sql, wrong) in [
            ("select 1;\n-- howdah: code a", BEHIND),
            ("-- howdah: code", NO_WORD),
            ("-- howdah: code see main.rs", NO_WORD),
            ("-- howdah: code a\n-- howdah: code b", TWICE),
            ("-- howdah: code a\nselect 1;", STATEMENTS),
        ] {
            assert!(
                matches!(Mark::of(sql), Mark::Wrong(_, message) if message == wrong),
                "{sql}"
            );
        }
    }
}
