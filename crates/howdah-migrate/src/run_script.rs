use sqlx::PgConnection;

use crate::simple_query::script;
use crate::{Failure, Migration};

/// Runs a script that is no migration, such as rows to develop or to test with, in the transaction of the caller. It may
/// hold everything that a migration may, and nothing of psql's.
///
/// # Errors
/// The failure with its place in `file`, which is for messages alone.
pub async fn run_script(
    conn: &mut PgConnection,
    file: &str,
    sql: &str,
) -> Result<(), Box<Failure>> {
    let migration = Migration::script(file, sql);
    let ran = script(conn, migration.sql()).await;
    ran.map(drop)
        .map_err(|(ended, error)| Box::new(Failure::new(&migration, ended, &error)))
}
