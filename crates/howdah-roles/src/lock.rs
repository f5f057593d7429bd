use std::time::Duration;

use sqlx::postgres::PgConnection;
use tokio::time::{Instant, sleep};

use crate::Error;

/// "howdahro" as bytes. Advisory locks belong to a database and roles to the whole server, so every run takes this key
/// in the same database: the one that administrators connect to, `postgres`.
const KEY: i64 = 0x686f_7764_6168_726f;
const PAUSE: Duration = Duration::from_millis(50);

/// Takes the lock under which roles are changed; two changes at once fail with `tuple concurrently updated` (XX000).
///
/// The connection must be to the database `postgres`. Closing it frees the lock, whatever happens to this process.
///
/// # Errors
/// [`Error::Locked`] after `deadline`, [`Error::Read`].
pub async fn lock(connection: &mut PgConnection, deadline: Duration) -> Result<(), Error> {
    let end = Instant::now() + deadline;
    // Polled, not waited for: a waiting statement would hold a snapshot.
    while !try_lock(connection).await? {
        if Instant::now() >= end {
            return Err(Error::Locked {
                waited: deadline,
                holder: holder(connection).await?,
            });
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// Frees the lock.
///
/// # Errors
/// [`Error::Read`].
pub async fn unlock(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::query_scalar::<_, bool>("select pg_advisory_unlock($1)")
        .bind(KEY)
        .fetch_one(connection)
        .await
        .map(drop)
        .map_err(Error::read("the lock"))
}

async fn try_lock(connection: &mut PgConnection) -> Result<bool, Error> {
    sqlx::query_scalar("select pg_try_advisory_lock($1)")
        .bind(KEY)
        .fetch_one(connection)
        .await
        .map_err(Error::read("the lock"))
}

async fn holder(connection: &mut PgConnection) -> Result<String, Error> {
    let holder: Option<String> = sqlx::query_scalar(include_str!("../sql/lock_holder.sql"))
        .bind(KEY)
        .fetch_optional(connection)
        .await
        .map_err(Error::read("the holder of the lock"))?;
    Ok(holder.unwrap_or_else(|| "it has just ended".to_owned()))
}
