use std::time::Duration;

use sqlx::PgConnection;

use crate::migration::Migration;
use crate::simple_query::{is_true, run};
use crate::{Error, Options};

/// `reset all` does not reset the two roles, and temporary tables would shadow the schema's.
const RESET: &str = "reset session authorization; reset role; reset all; discard temp";

/// Sets who migrations run as and what they see, whatever the session was before.
pub(crate) async fn prepare(
    conn: &mut PgConnection,
    options: &Options,
    migration: Option<&Migration>,
) -> Result<(), Error> {
    run(conn, RESET)
        .await
        .map_err(Error::doing("reset the session"))?;
    watch_client(conn).await?;
    set_role(conn, options).await?;
    run(conn, settings(options, migration))
        .await
        .map_err(Error::doing("set up the session"))
}

/// The same for psql.
pub(crate) fn script(options: &Options, migration: Option<&Migration>) -> String {
    let (role, settings) = (role(options), settings(options, migration));
    format!("{RESET};\nset client_encoding to 'UTF8';\n{role};\n{settings};\n")
}

fn settings(options: &Options, migration: Option<&Migration>) -> String {
    // An index built concurrently waits for every older transaction and blocks nobody meanwhile:
    // it gets the long deadline, or the build would start again and again.
    let lock_timeout = if migration.is_none_or(Migration::is_transactional) {
        options.lock_timeout
    } else {
        options.lock_deadline
    };
    format!(
        "set search_path to {}; set lock_timeout to {}; set statement_timeout to {}",
        options.schema,
        milliseconds(lock_timeout),
        milliseconds(options.statement_timeout),
    )
}

/// How the transaction of one statement begins whose file has none. The session of the file waits long for locks; in a
/// transaction, others would queue behind it.
pub(crate) fn begin_statement(migration: &Migration, lock_timeout: Duration) -> String {
    let statements = migration.statements();
    if statements.iter().any(|one| one.has_word("lock_timeout")) {
        return "begin".to_owned();
    }
    format!(
        "begin; set local lock_timeout to {}",
        milliseconds(lock_timeout)
    )
}

/// A server that is busy with a statement does not see that its client is gone, and keeps the lock,
/// unless it is told to look (PostgreSQL 14 and newer, on systems that can).
/// <https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL>
async fn watch_client(conn: &mut PgConnection) -> Result<(), Error> {
    let doing = || Error::doing("read a setting of the server");
    let known =
        "select pg_catalog.current_setting('client_connection_check_interval', true) is not null";
    if is_true(conn, known).await.map_err(doing())? {
        match run(conn, "set client_connection_check_interval to '1s'").await {
            // The server runs on a system that cannot look: the lock then lasts as long as the statement.
            Ok(()) | Err(sqlx::Error::Database(_)) => {}
            Err(error) => return Err(doing()(error)),
        }
    }
    Ok(())
}

/// Also inside a migration's transaction, before its row is written: the file may have changed the role.
pub(crate) async fn set_role(conn: &mut PgConnection, options: &Options) -> Result<(), Error> {
    let doing = match &options.role {
        None => "reset the role".to_owned(),
        Some(name) => format!("set the role {name} (the login must be a member of it)"),
    };
    run(conn, role(options)).await.map_err(Error::doing(doing))
}

/// What makes the session the one that owns everything.
pub(crate) fn role(options: &Options) -> String {
    match &options.role {
        None => "reset session authorization; reset role".to_owned(),
        Some(role) => format!("reset session authorization; set role {role}"),
    }
}

fn milliseconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
