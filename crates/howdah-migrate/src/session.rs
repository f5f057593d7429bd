use std::time::Duration;

use sqlx::PgConnection;

use crate::message::Message;
use crate::migration::Migration;
use crate::simple_query::{is_true, run};
use crate::{Error, Options};

const RESET_USER: &str = "reset session authorization";
/// The entry of the log is written in it, whatever the file has made the default of the session.
const BEGIN: &str = "begin read write";
const WATCH: &str = "set client_connection_check_interval to '1s'";

/// Who migrations run as and what they see, whatever the session was before.
///
/// `reset all` does not reset the two roles, and temporary tables would shadow the schema's.
pub(crate) fn prepare(
    options: &Options,
    migration: Option<&Migration>,
    is_watched: bool,
) -> Message {
    // An index built concurrently waits for every older transaction and blocks nobody meanwhile:
    // it gets the long deadline, or the build would start again and again.
    let lock_timeout = if migration.is_none_or(Migration::is_transactional) {
        options.lock_timeout
    } else {
        options.lock_deadline
    };
    let (reset, set) = ("reset the session", "set up the session");
    let message = Message::default()
        .and(reset, RESET_USER)
        .and(reset, "reset role")
        .and(reset, "reset all")
        .and(reset, "discard temp");
    // Through a pooler, what another client had asked for may be left. The driver speaks nothing else.
    let message = message.and(set, "set client_encoding to 'UTF8'");
    // The files were cut into statements, and searched for a hidden commit, by this rule.
    let message = message.and(set, "set standard_conforming_strings to on");
    let message = message.and_maybe(set, is_watched.then(|| WATCH.to_owned()));
    become_role(message, options)
        .and(set, format!("set search_path to {}", options.schema))
        .and(
            set,
            format!("set lock_timeout to {}", milliseconds(lock_timeout)),
        )
        .and(
            set,
            format!(
                "set statement_timeout to {}",
                milliseconds(options.statement_timeout)
            ),
        )
}

/// What of a file outlives its transaction, also one that is rolled back, and would be there for the next client of a
/// pooler. It may run in a transaction, whose own locks stay.
pub(crate) fn forget(message: Message) -> Message {
    let doing = "reset the session";
    message
        .and(doing, "select pg_catalog.pg_advisory_unlock_all()")
        .and(doing, "close all")
}

/// The same of `prepare`, for a file that may have done that: not every database has the language that this is in.
///
/// Not `deallocate all`: what drivers have prepared belongs to other clients, and a pooler that keeps track of it
/// (`max_prepared_statements`) takes it for there. PgBouncer 1.21 does so also after `deallocate all`.
/// <https://www.pgbouncer.org/changelog.html>
pub(crate) fn forget_prepared(message: Message, migration: &Migration) -> Message {
    let may_prepare = || {
        let sql = migration.sql().to_ascii_lowercase();
        sql.contains("prepare")
    };
    let is_needed = migration.code().is_some() || may_prepare();
    let forget = || include_str!("../sql/forget_prepared.sql").to_owned();
    message.and_maybe("reset the session", is_needed.then(forget))
}

/// Leaves nothing behind for the next client of a pooler.
pub(crate) fn leave(message: Message) -> Message {
    let doing = "reset the session";
    message
        .and(doing, RESET_USER)
        .and(doing, "reset role")
        .and(doing, "reset all")
        .and(doing, "discard temp")
}

/// Whether a server that is busy with a statement can see that its client is gone: it does not look, and keeps the lock,
/// unless it is told to (PostgreSQL 14 and newer, on systems that can).
/// <https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL>
pub(crate) async fn can_watch(conn: &mut PgConnection) -> Result<bool, Error> {
    let doing = || Error::doing("read a setting of the server");
    let known =
        "select pg_catalog.current_setting('client_connection_check_interval', true) is not null";
    if !is_true(conn, known).await.map_err(doing())? {
        return Ok(false);
    }
    match run(conn, WATCH).await {
        Ok(()) => Ok(true),
        // The server runs on a system that cannot look: the lock then lasts as long as the statement.
        Err(sqlx::Error::Database(_)) => Ok(false),
        Err(error) => Err(doing()(error)),
    }
}

/// Also before a migration's row is written: the file may have changed the role.
pub(crate) fn become_owner(message: Message, options: &Options) -> Message {
    become_role(message.and("reset the session", RESET_USER), options)
}

fn become_role(message: Message, options: &Options) -> Message {
    match &options.role {
        None => message.and("reset the role", "reset role"),
        Some(role) => message.and(
            format!("set the role {role} (the login must be a member of it)"),
            format!("set role {role}"),
        ),
    }
}

/// How the transaction of one statement begins whose file has none. The session of the file waits long for locks; in a
/// transaction, others would queue behind it.
pub(crate) fn begin_statement(migration: &Migration, lock_timeout: Duration) -> String {
    let statements = migration.statements();
    if statements.iter().any(|one| one.has_word("lock_timeout")) {
        return BEGIN.to_owned();
    }
    format!(
        "{BEGIN}; set local lock_timeout to {}",
        milliseconds(lock_timeout)
    )
}

fn milliseconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
