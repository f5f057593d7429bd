use std::time::Duration;

use sqlx::PgConnection;
use tokio::time::{Instant, sleep};

use crate::backoff::Backoff;
use crate::crc32::crc32;
use crate::simple_query::{column, is_true, rows};
use crate::{Blocker, Error, Event};

/// sqlx's lock key: one per database, so that its migrator and this one exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LockKey(i64);

impl LockKey {
    fn of_database(name: &str) -> Self {
        Self(0x3d32_ad9e * i64::from(crc32(name.as_bytes())))
    }

    /// The upper half, as `pg_locks` shows it.
    pub(crate) fn class_id(self) -> i64 {
        self.0 >> 32
    }

    /// The lower half.
    pub(crate) fn object_id(self) -> i64 {
        self.0 & 0xffff_ffff
    }
}

/// Takes the lock, and returns how long that took.
///
/// It polls instead of blocking: a waiter in `pg_advisory_lock` holds a snapshot, and
/// `create index concurrently` waits for every older snapshot: each would wait for the other.
pub(crate) async fn acquire(
    conn: &mut PgConnection,
    deadline: Duration,
    on_event: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<(LockKey, Duration), Error> {
    let begun = Instant::now();
    let key = key(conn).await?;
    let mut backoff = Backoff::new(Duration::from_millis(20), Duration::from_millis(500));
    let mut told = None;
    loop {
        let doing = Error::doing("ask for the migration lock");
        if is_true(
            conn,
            format!("select pg_catalog.pg_try_advisory_lock({})", key.0),
        )
        .await
        .map_err(doing)?
        {
            check_held(conn, key).await?;
            return Ok((key, begun.elapsed()));
        }
        let holder = Blocker::of_lock(conn, key)
            .await
            .map_err(Error::doing("look who holds the migration lock"))?;
        let waited = begun.elapsed();
        let Some(left) = deadline.checked_sub(waited).filter(|left| !left.is_zero()) else {
            return Err(Error::LockTimeout { waited, holder });
        };
        let pid = holder.as_ref().map(|holder| holder.pid);
        if told != Some(pid) {
            told = Some(pid);
            tracing::info!(
                holder = holder.as_ref().map(tracing::field::display),
                "waiting for the migration lock"
            );
            on_event(Event::Waiting {
                holder: holder.as_ref(),
            });
        }
        sleep(backoff.delay().min(left)).await;
    }
}

/// Whether this very backend holds the lock: behind a transaction pooler another one may.
pub(crate) async fn check_held(conn: &mut PgConnection, key: LockKey) -> Result<(), Error> {
    let sql = include_str!("../sql/lock_held.sql")
        .replace("{classid}", &key.class_id().to_string())
        .replace("{objid}", &key.object_id().to_string());
    let doing = Error::doing("check the migration lock");
    if is_true(conn, sql).await.map_err(doing)? {
        Ok(())
    } else {
        Err(Error::LockLost)
    }
}

/// Frees the lock; a failure is not told, because closing the connection frees it as well.
pub(crate) async fn release(conn: &mut PgConnection, key: LockKey) -> Result<(), sqlx::Error> {
    let sql = format!("select pg_catalog.pg_advisory_unlock({})", key.0);
    is_true(conn, sql).await.map(drop)
}

async fn key(conn: &mut PgConnection) -> Result<LockKey, Error> {
    let doing = || Error::doing("ask for the name of the database");
    let found = rows(
        conn,
        "select pg_catalog.current_database()::pg_catalog.text as name",
    )
    .await
    .map_err(doing())?;
    let row = found
        .first()
        .ok_or(sqlx::Error::RowNotFound)
        .map_err(doing())?;
    let name: String = column(row, "name").map_err(doing())?;
    Ok(LockKey::of_database(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_and_its_halves_are_those_of_sqlx() {
        let key = LockKey::of_database("postgres");
        assert_eq!(key.0, 0x3d32_ad9e * i64::from(crc32(b"postgres")));
        assert_eq!((key.class_id() << 32) | key.object_id(), key.0);
        assert!(LockKey(0x3d32_ad9e * i64::from(u32::MAX)).0 > 0);
    }
}
