use std::fmt;

use sqlx::postgres::PgDatabaseError;

use super::file::Seed;

/// Why a seed file, all of whose statements had run, was not kept.
#[derive(Debug)]
pub(crate) struct Failure {
    file: String,
    message: String,
    /// Detail and hint of the server, a line each.
    more: Vec<String>,
}

impl Failure {
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
            file: seed.file.clone(),
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
            file: seed.file.clone(),
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
        write!(f, "{}: {}", self.file, self.message)?;
        self.more.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl std::error::Error for Failure {}

fn server(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}
