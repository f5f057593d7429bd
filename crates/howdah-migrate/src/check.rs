use crate::checksum::BOM;
use crate::code::Mark;
use crate::concurrent_index::ConcurrentIndex;
use crate::lexer::{Kind, Lexer};
use crate::migration::NO_TRANSACTION;
use crate::place::Place;
use crate::psql_only::PsqlOnly;
use crate::split::Statement;
use crate::{Error, Migration, Problem, Version};
use crate::{transaction_block, transaction_mode};

/// What is refused: there is nothing to repair behind an interruption.
pub(crate) const IDLE_OUTSIDE: &str = "a `-- no-transaction` file without a statement does nothing";

/// What is allowed, as sqlx allows it, and rarely meant.
pub(crate) const IDLE: &str = "does nothing: it has no statement";

pub(crate) const MISPLACED_MARK: &str = "`-- no-transaction` counts only as the very first bytes of the file, \
     written exactly so: move it there; where sqlx has run the file already, in a transaction, `howdah migrate repair` \
     takes the new text";

/// The text of a file, if it is one that every runner reads the same way.
pub(crate) fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Vec<Problem>> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = line_after(bytes.get(..error.valid_up_to()).unwrap_or(bytes));
        vec![Problem::new(file, "the file is not UTF-8").at_line(line)]
    })?;
    let mut problems = Vec::new();
    if let Some(nul) = bytes.iter().position(|byte| *byte == 0) {
        let line = line_after(bytes.get(..nul).unwrap_or(bytes));
        problems
            .push(Problem::new(file, "the file holds a NUL byte, which SQL cannot").at_line(line));
    }
    problems.extend(wrong_code_mark(file, text));
    if problems.is_empty() {
        Ok(text)
    } else {
        Err(problems)
    }
}

fn wrong_code_mark(file: &str, text: &str) -> Option<Problem> {
    let sql = text.trim_start_matches(BOM);
    Mark::of(sql).problem(file, sql)
}

/// Whether what is about to run is here: a stub without its code would be an empty migration.
pub(crate) fn code<'a>(migrations: impl Iterator<Item = &'a Migration>) -> Result<(), Error> {
    let missing = |migration: &Migration| {
        let name = migration
            .code()
            .filter(|code| code.body.is_none())?
            .name
            .clone();
        let message = format!(
            "it is Rust code, {name}, which this program does not have: apply it with the service that has \
             (`Migrations::with_code`)"
        );
        Some(Problem::new(migration.file(), message))
    };
    let problems: Vec<Problem> = migrations.filter_map(missing).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused { problems })
    }
}

/// The order of the names must be the order of the versions: people read the one, programs follow the other.
pub(crate) fn order(
    previous: Option<&(Version, String)>,
    migration: &Migration,
) -> Option<Problem> {
    let (last, file) = previous?;
    (migration.version() < *last).then(|| {
        Problem::new(
            migration.file(),
            format!(
                "it sorts behind {file} by name but runs before it by version: \
                 write all versions with the same number of digits"
            ),
        )
    })
}

/// What is wrong between squashes and the files beside them, which are in the order of their versions.
pub(crate) fn squashes(forward: &[Migration]) -> Vec<Problem> {
    let squashes: Vec<&Migration> = forward
        .iter()
        .filter(|migration| !migration.replaced().is_empty())
        .collect();
    let mut problems = Vec::new();
    for (index, squash) in squashes.iter().enumerate() {
        let replaced = squash.replaced();
        for older in squashes.iter().take(index) {
            if replaced.contains(older.version())
                || replaced.iter().any(|one| older.replaced().contains(one))
            {
                let message = format!(
                    "it replaces what {} replaces, or that squash itself: remove the older squash once every \
                     database has it, and let this one replace it",
                    older.file()
                );
                problems.push(Problem::new(squash.file(), message));
            }
        }
        let first = replaced.iter().next();
        let between = forward.iter().filter(|other| {
            Some(other.version()) > first
                && other.version() < squash.version()
                && !replaced.contains(other.version())
        });
        problems.extend(between.map(|other| {
            let message = format!(
                "it stands among what {} replaces and is not replaced: on a new database it would run before that; \
                 let it be replaced too, or give it a newer version",
                squash.file()
            );
            Problem::new(other.file(), message)
        }));
    }
    problems
}

/// What is wrong with a migration that is about to run.
pub(crate) fn pending(migration: &Migration) -> Vec<Problem> {
    let statements = migration.statements();
    let problem = |byte: usize, message: String| {
        let line = Place::of_byte(migration.sql(), byte).line;
        Problem::new(migration.file(), message).at_line(line)
    };
    let mut problems = form(migration);
    for statement in &statements {
        if let Some(keyword) = statement.transaction_control() {
            let message = transaction_control(migration, keyword);
            problems.push(problem(statement.start(), message));
        }
        if migration.is_transactional()
            && let Some(what) = transaction_block::refused(statement)
        {
            let message = format!(
                "`{what}` cannot run in a transaction, and this file runs in one: put it into a file whose very \
                 first bytes are `-- no-transaction`"
            );
            problems.push(problem(statement.start(), message));
        }
        if migration.is_transactional()
            && let Some(message) = transaction_mode::refused(statement)
        {
            problems.push(problem(statement.start(), message.to_owned()));
        }
    }
    problems.extend(PsqlOnly::find(&statements).into_iter().map(|found| {
        let PsqlOnly { byte, what, advice } = found;
        problem(byte, format!("{what} is for psql, not SQL: {advice}"))
    }));
    if !migration.is_transactional() && migration.code().is_none() {
        problems.extend(outside_transaction(migration, &statements));
    }
    problems
}

/// Whether a file has nothing to run. What its dialect removed was meant to be there.
pub(crate) fn is_idle(migration: &Migration, statements: &[Statement<'_>]) -> bool {
    statements.is_empty() && migration.removed().is_empty() && migration.code().is_none()
}

/// That a migration which is about to run does nothing: somebody has forgotten to fill it in.
pub(crate) fn idle(migration: &Migration) -> Option<Problem> {
    let is_idle = migration.is_transactional() && is_idle(migration, &migration.statements());
    is_idle.then(|| Problem::new(migration.file(), IDLE))
}

/// What sqlx takes, and what is hardly meant. Once a file is applied, it is as it is.
pub(crate) fn form(migration: &Migration) -> Vec<Problem> {
    if migration.is_applied_elsewhere() {
        return Vec::new();
    }
    let (file, sql) = (migration.file(), migration.raw());
    let empty = sql
        .trim()
        .is_empty()
        .then(|| Problem::new(file, "the file is empty"));
    let line = migration.is_transactional().then(|| mark_line(sql));
    let mark = line.flatten();
    let mark = mark.map(|line| Problem::new(file, MISPLACED_MARK).at_line(line));
    empty.into_iter().chain(mark).collect()
}

fn transaction_control(migration: &Migration, keyword: &str) -> String {
    if migration.is_transactional() && matches!(keyword, "begin" | "start transaction") {
        format!(
            "`{keyword}`: the file has a transaction already, read committed and read write, which it shares with its \
             row of the ledger: remove it, and what ends it"
        )
    } else if migration.is_transactional() {
        format!(
            "`{keyword}` would break the transaction that the file shares with its row of the ledger: \
             remove it, or split the file"
        )
    } else {
        format!("`{keyword}` cannot stand in a file that runs outside a transaction: remove it")
    }
}

fn outside_transaction<'a>(
    migration: &'a Migration,
    statements: &'a [Statement<'a>],
) -> impl Iterator<Item = Problem> + 'a {
    let problem = move |start: usize, message: &str| {
        let line = Place::of_byte(migration.sql(), start).line;
        Problem::new(migration.file(), message).at_line(line)
    };
    let nothing = is_idle(migration, statements).then(|| problem(0, IDLE_OUTSIDE));
    let nameless = statements.iter().filter_map(move |statement| {
        let index = ConcurrentIndex::of(statement)?;
        let message =
            "give the index a name: without one, an interrupted build cannot be found and repaired";
        index
            .name
            .is_none()
            .then(|| problem(statement.start(), message))
    });
    nothing.into_iter().chain(nameless)
}

/// The line of a mark that does not count: sqlx looks at the first bytes only; anywhere else it is a comment, and the
/// file runs in a transaction. The text may begin with a byte-order mark.
pub(crate) fn misplaced_mark(text: &str) -> Option<usize> {
    if text.starts_with(NO_TRANSACTION) {
        return None;
    }
    mark_line(text.strip_prefix(BOM).unwrap_or(text))
}

fn mark_line(sql: &str) -> Option<usize> {
    let mut in_head = true;
    for token in Lexer::new(sql) {
        if token.kind != Kind::Comment {
            in_head = false;
            continue;
        }
        if is_mark(sql.get(token.start..token.end)?, in_head) {
            return Some(Place::of_byte(sql, token.start).line);
        }
    }
    None
}

fn is_mark(comment: &str, in_head: bool) -> bool {
    let words = comment
        .trim_matches(|c: char| matches!(c, '-' | '/' | '*') || c.is_whitespace())
        .to_ascii_lowercase()
        .replace(['_', ' '], "-");
    words == "no-transaction" || in_head && words.starts_with("no-transaction-")
}

/// Of the byte behind `before`, in a text that may not be UTF-8.
fn line_after(before: &[u8]) -> usize {
    before.split(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_name::FileName;

    fn pending_messages(sql: &str) -> Vec<String> {
        let name = FileName::parse("1_a.sql").unwrap();
        let migration = Migration::new(name, "1_a.sql".to_owned(), sql);
        pending(&migration)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_mark_that_sqlx_would_not_see_is_found() {
        assert_eq!(misplaced_mark("-- no-transaction\nvacuum"), None);
        assert_eq!(misplaced_mark("\u{feff}-- no-transaction\nvacuum"), Some(1));
        assert_eq!(misplaced_mark(" -- no-transaction\nvacuum"), Some(1));
        assert_eq!(misplaced_mark("\n-- no-transaction\nvacuum"), Some(2));
        assert_eq!(misplaced_mark("--no-transaction\nvacuum"), Some(1));
        assert_eq!(misplaced_mark("-- No Transaction\nvacuum"), Some(1));
        assert_eq!(
            misplaced_mark("-- why\n/* no-transaction */ vacuum"),
            Some(2)
        );
        assert_eq!(misplaced_mark("vacuum;\n-- no-transaction"), Some(2));
    }

    #[test]
    fn a_comment_or_text_that_only_speaks_of_it_is_no_mark() {
        assert_eq!(
            misplaced_mark("-- needs no transaction of its own\nselect 1"),
            None
        );
        assert_eq!(
            misplaced_mark("select 1; -- no-transaction would be wrong here"),
            None
        );
        assert_eq!(misplaced_mark("select '\n-- no-transaction\n'"), None);
    }

    #[test]
    fn a_commit_inside_a_file_is_refused_with_its_line() {
        let messages = pending_messages("create table a ();\n\ncommit;\ncreate table b ();");
        assert_eq!(messages.len(), 1);
        assert!(
            messages[0].starts_with("1_a.sql:3: `commit` would break"),
            "{messages:?}"
        );
    }

    #[test]
    fn a_file_outside_a_transaction_holds_at_least_one_statement() {
        let two = "-- no-transaction\ncreate index concurrently a on t (a);\ncreate index concurrently b on t (b);";
        assert!(pending_messages(two).is_empty());
        assert!(pending_messages("-- no-transaction\n")[0].contains("does nothing"));
        assert!(pending_messages("-- no-transaction\nvacuum;").is_empty());
    }

    #[test]
    fn an_index_that_could_not_be_repaired_is_refused() {
        let messages = pending_messages("-- no-transaction\ncreate index concurrently on t (a);");
        assert!(messages[0].contains("give the index a name"));
    }

    #[test]
    fn data_for_psql_is_refused() {
        assert!(pending_messages("copy t (a) from stdin;")[0].contains("is for psql"));
        assert!(pending_messages("copy t from '/tmp/x'").is_empty());
        let command = pending_messages("create table a ();\n\\connect app\n");
        assert_eq!(
            command,
            [
                "1_a.sql:2: `\\connect` is for psql, not SQL: remove it: migrations run in the one database that the \
              connection leads to"
            ]
        );
    }

    #[test]
    fn what_no_transaction_takes_is_refused_where_there_is_one() {
        let messages = pending_messages("create table a ();\nvacuum a;");
        assert!(
            messages[0].starts_with("1_a.sql:2: `vacuum` cannot run in a transaction"),
            "{messages:?}"
        );
        assert!(pending_messages("-- no-transaction\nvacuum a;").is_empty());
    }
}
