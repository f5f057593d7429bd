use std::fmt;

use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

use super::file::Seed;

/// Why a seed file did not run, and where in it.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `file:line:column`, or as much of it as the server tells.
    place: String,
    message: String,
    /// Detail and hint of the server, a line each.
    more: Vec<String>,
}

impl Failure {
    /// `ended` statements of the file had ended before `error`.
    pub(crate) fn new(seed: &Seed, ended: usize, error: &sqlx::Error) -> Self {
        let file = &seed.file;
        let place = match position(error) {
            Some(position) => {
                let (line, column) = line_and_column(seed.sql(), position);
                format!("{file}:{line}:{column}")
            }
            // The server names the place of a mistake in the text only, not that of a row it refuses.
            None => format!("{file}: statement {}", ended + 1),
        };
        Self {
            place,
            ..Self::at_the_end(seed, error)
        }
    }

    /// For an error that belongs to no statement.
    pub(crate) fn at_the_end(seed: &Seed, error: &sqlx::Error) -> Self {
        let server = server(error);
        let mut more = Vec::new();
        for (label, text) in [
            ("detail", server.and_then(PgDatabaseError::detail)),
            ("hint", server.and_then(PgDatabaseError::hint)),
        ] {
            more.extend(text.map(|text| format!("{label}: {text}")));
        }
        more.push("nothing of the file was kept; mend it, and run again".to_owned());
        Self {
            place: seed.file.clone(),
            message: server.map_or_else(
                || error.to_string(),
                |server| format!("{} (SQLSTATE {})", server.message(), server.code()),
            ),
            more,
        }
    }

    /// The file ended the transaction that it shares with its row of the ledger.
    pub(crate) fn own_transaction(seed: &Seed) -> Self {
        Self {
            place: seed.file.clone(),
            message: "the file ends the transaction that it runs in".to_owned(),
            more: vec![
                "take `begin`, `commit` and `rollback` out of it; what it committed is there, and \
                 `db-reset` starts over"
                    .to_owned(),
            ],
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        self.more.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl std::error::Error for Failure {}

fn server(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

fn position(error: &sqlx::Error) -> Option<usize> {
    match server(error)?.position()? {
        PgErrorPosition::Original(position) => Some(position),
        PgErrorPosition::Internal { .. } => None,
    }
}

/// Of a character counted from 1, as the server counts; both from 1, the column in characters.
fn line_and_column(text: &str, position: usize) -> (usize, usize) {
    let before: Vec<char> = text.chars().take(position.saturating_sub(1)).collect();
    let line = before.iter().filter(|c| **c == '\n').count();
    let column = before.iter().rev().take_while(|c| **c != '\n').count();
    (line + 1, column + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_not_bytes() {
        let text = "select 1;\r\n-- ä\nselect 'ö', foo;\n";
        assert_eq!(line_and_column(text, 29), (3, 13));
        assert_eq!(line_and_column(text, 1), (1, 1));
        assert_eq!(line_and_column("select", 99), (1, 7));
    }
}
