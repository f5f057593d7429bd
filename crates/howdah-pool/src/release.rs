//! A connection that came back in a state that is not known is made clean, within a time, or dropped.

use std::sync::Arc;
use std::time::Instant;

use sqlx::{Connection, Executor, Row};
use tokio::time::timeout;

use crate::closed::Reason;
use crate::driver;
use crate::session::{Session, ends_the_session};
use crate::shared::Shared;

/// What `discard all` does, but for the statements that the driver has prepared and knows by name: without them it
/// would ask for what is no longer there. A `rollback` where there is nothing to roll back warns: the warning is
/// switched off within the same message, and comes on again with its end.
///
/// It takes one round trip. In a transaction that has failed it stops at once (25P02), and is sent again after a
/// rollback. Names that SQL's own `prepare` left are the rows of the last statement.
const RESET: &str = include_str!("sql/reset.sql");

const TRANSACTION_FAILED: &str = "25P02";

/// Cleans it and gives it on; it counts as `returning` already.
pub(crate) async fn one(shared: Arc<Shared>, mut session: Session) {
    let cleaned = timeout(shared.timing.release, clean(&shared, &mut session)).await;
    let now = Instant::now();
    {
        let mut state = shared.state();
        state.returning = state.returning.saturating_sub(1);
    }
    match cleaned {
        Ok(Ok(())) => {
            session.cleaned();
            shared.put(session, now);
        }
        Ok(Err(error)) => {
            tracing::debug!(pid = session.pid, %error, "a connection that came back is lost");
            shared.lose(session, Reason::Broken, now);
        }
        Err(_elapsed) => {
            let limit = shared.timing.release;
            tracing::warn!(
                pid = session.pid,
                ?limit,
                "a connection could not be rolled back in time, and is dropped"
            );
            shared.lose(session, Reason::Unclean, now);
        }
    }
}

async fn clean(shared: &Shared, session: &mut Session) -> Result<(), sqlx::Error> {
    let is_known = !session.is_busy() && !session.is_tainted();
    if session.is_busy() {
        shared.control.cancel(shared, session.pid).await;
    }
    session.begun();
    drain(session).await?;
    while session.depth() > 0 {
        driver::rollback(&mut session.pg).await?;
    }
    if is_known {
        return Ok(());
    }
    reset(session).await
}

/// Reads what is still to come of statements that were given up, errors too. A cancel that was sent before this is over
/// with it: a server that waits for a command ignores one
/// (<https://github.com/postgres/postgres/blob/REL_15_0/src/backend/tcop/postgres.c>, `ProcessInterrupts`).
async fn drain(session: &mut Session) -> Result<(), sqlx::Error> {
    loop {
        match session.pg.ping().await {
            Err(sqlx::Error::Database(error)) if !ends_the_session(&*error) => {}
            other => return other,
        }
    }
}

async fn reset(session: &mut Session) -> Result<(), sqlx::Error> {
    match run(session, RESET).await {
        Err(error) if has_state(&error, TRANSACTION_FAILED) => {
            (&mut session.pg).execute("rollback").await?;
            run(session, RESET).await
        }
        other => other,
    }
}

async fn run(session: &mut Session, sql: &'static str) -> Result<(), sqlx::Error> {
    let rows = sqlx::raw_sql(sql).fetch_all(&mut session.pg).await?;
    for row in rows {
        // The only statement with rows that are texts is the last one.
        if let Ok(deallocate) = row.try_get::<String, _>("deallocate") {
            let sql = sqlx::AssertSqlSafe(deallocate);
            (&mut session.pg).execute(sql).await?;
        }
    }
    Ok(())
}

fn has_state(error: &sqlx::Error, code: &str) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some(code))
}
