use sqlx::postgres::PgConnection;

use crate::Error;
use crate::error::sqlstate;

/// `lock_timeout` has ended the wait.
const NOT_AVAILABLE: &str = "55P03";

/// An error that says who kept the change waiting, if that is what it is about. Who has just ended is not named, and what
/// the executor may not see of a session is left out.
pub(crate) async fn named(error: Error, connection: &mut PgConnection) -> Error {
    let Error::Statement {
        statement, source, ..
    } = error
    else {
        return error;
    };
    let mut blockers = Vec::new();
    if sqlstate(&source).as_deref() == Some(NOT_AVAILABLE) {
        let owner_changes = statement.starts_with("reassign") || statement.contains(" owner to ");
        let found = sqlx::query_scalar(include_str!("../sql/blockers.sql"))
            .bind(owner_changes)
            .fetch_all(connection)
            .await;
        match found {
            Ok(found) => blockers = found,
            Err(error) => tracing::debug!(%error, "nobody knows who is in the way"),
        }
    }
    Error::Statement {
        statement,
        blockers,
        source,
    }
}
