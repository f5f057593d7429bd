use std::time::Duration;

use sha2::{Digest, Sha384};
use sqlx::PgConnection;
use tokio::time::{Instant, sleep};

use crate::backoff::Backoff;
use crate::crc32::crc32;
use crate::ledger::Ledger;
use crate::simple_query::{column, is_true, rows, run};
use crate::{Blocker, Error, Event};

/// sqlx's key is this times the CRC-32 of the database's name.
pub(crate) const FACTOR: i64 = 0x3d32_ad9e;

/// Whatever a file, or another client of a pooler, has made the default of the session.
pub(crate) const BEGIN: &str = "begin isolation level read committed, read write";

/// What a run locks: its ledger against other runs of this crate, and the key of sqlx, which is one for the whole
/// database. That one is shared, so that runs with other ledgers go on, and sqlx's own migrator, which wants it alone,
/// waits for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LockKey {
    pub(crate) sqlx: Key,
    pub(crate) ledger: Key,
}

/// A number that means one thing to all who lock it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(i64);

/// How long the locks last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Session,
    /// The transaction that begins with them.
    Transaction,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Both,
    /// This one is somebody else's; none is held.
    Not(Key),
}

impl LockKey {
    fn new(database: &str, ledger: &Ledger<'_>) -> Self {
        Self {
            sqlx: Key(FACTOR * i64::from(crc32(database.as_bytes()))),
            ledger: Key::of_ledger(ledger),
        }
    }
}

impl Key {
    /// Two schemas may share a ledger, so it goes by the table's own name.
    pub(crate) fn of_ledger(ledger: &Ledger<'_>) -> Self {
        let digest = Sha384::digest(format!("howdah-migrate {}", ledger.table()));
        let head = digest.first_chunk().copied().unwrap_or_default();
        Self(i64::from_be_bytes(head) & i64::MAX)
    }

    pub(crate) fn as_i64(self) -> i64 {
        self.0
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

/// Takes the locks, and returns how long that took.
///
/// It polls instead of blocking: a waiter in `pg_advisory_lock` holds a snapshot, and
/// `create index concurrently` waits for every older snapshot: each would wait for the other.
pub(crate) async fn acquire(
    conn: &mut PgConnection,
    key: LockKey,
    scope: Scope,
    deadline: Duration,
    on_event: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<Duration, Error> {
    let begun = Instant::now();
    let mut backoff = Backoff::new(Duration::from_millis(20), Duration::from_millis(500));
    let mut told = None;
    loop {
        let missing = match attempt(conn, key, scope).await {
            Ok(Taken::Both) => {
                // A transaction stays with its session.
                if scope == Scope::Session {
                    check_held(conn, key).await?;
                }
                return Ok(begun.elapsed());
            }
            Ok(Taken::Not(missing)) => missing,
            Err(error) => return Err(Error::doing("ask for the migration lock")(error)),
        };
        let holder = Blocker::of_lock(conn, missing)
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
                at_most: left,
            });
        }
        sleep(backoff.delay().min(left)).await;
    }
}

async fn attempt(
    conn: &mut PgConnection,
    key: LockKey,
    scope: Scope,
) -> Result<Taken, sqlx::Error> {
    let LockKey { sqlx, ledger } = key;
    // `null`: not even the first.
    let sql = match scope {
        Scope::Session => format!(
            "select case when pg_catalog.pg_try_advisory_lock_shared({0}) \
             then case when pg_catalog.pg_try_advisory_lock({1}) \
             then pg_catalog.pg_try_advisory_lock({1}) and pg_catalog.pg_try_advisory_lock_shared({0}) \
             else false end end as both",
            sqlx.0, ledger.0
        ),
        Scope::Transaction => format!(
            "{BEGIN};\nselect case when pg_catalog.pg_try_advisory_xact_lock_shared({}) \
             then pg_catalog.pg_try_advisory_xact_lock({}) end as both",
            sqlx.0, ledger.0
        ),
    };
    let found = rows(conn, sql).await?;
    let row = found.first().ok_or(sqlx::Error::RowNotFound)?;
    let both: Option<bool> = column(row, "both")?;
    if both == Some(true) {
        return Ok(Taken::Both);
    }
    match scope {
        Scope::Transaction => run(conn, "rollback").await?,
        Scope::Session if both.is_some() => {
            let sql = format!("select pg_catalog.pg_advisory_unlock_shared({})", sqlx.0);
            is_true(conn, sql).await?;
        }
        Scope::Session => {}
    }
    Ok(Taken::Not(if both.is_some() { ledger } else { sqlx }))
}

/// Whether this very session still holds the locks: behind a transaction pooler another one may, and a file may have let
/// them go.
pub(crate) async fn check_held(conn: &mut PgConnection, key: LockKey) -> Result<(), Error> {
    match is_true(conn, held(key)).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::LockLost),
        Err(error) => Err(Error::doing("check the migration lock")(error)),
    }
}

/// Gives one boolean. Each lock is taken twice, so that one of the two can be let go and taken again: the answer comes
/// from the session's own memory. `pg_locks`, which collects the locks of all sessions, costs more than a small file.
pub(crate) fn held(key: LockKey) -> String {
    let LockKey { sqlx, ledger } = key;
    format!(
        "select case when pg_catalog.pg_advisory_unlock({1}) then pg_catalog.pg_try_advisory_lock({1}) else false end \
         and case when pg_catalog.pg_advisory_unlock_shared({0}) \
         then pg_catalog.pg_try_advisory_lock_shared({0}) else false end",
        sqlx.0, ledger.0
    )
}

/// Frees the locks; so does closing the connection.
pub(crate) fn release(key: LockKey) -> String {
    let LockKey { sqlx, ledger } = key;
    format!(
        "select pg_catalog.pg_advisory_unlock({1}), pg_catalog.pg_advisory_unlock({1}), \
         pg_catalog.pg_advisory_unlock_shared({0}), pg_catalog.pg_advisory_unlock_shared({0})",
        sqlx.0, ledger.0
    )
}

/// Of a ledger in the database of the connection.
pub(crate) async fn key(conn: &mut PgConnection, ledger: &Ledger<'_>) -> Result<LockKey, Error> {
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
    Ok(LockKey::new(&name, ledger))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn key(schema: &str) -> LockKey {
        let options = Options::new(schema.parse().unwrap());
        LockKey::new("postgres", &Ledger::new(&options))
    }

    #[test]
    fn the_key_and_its_halves_are_those_of_sqlx() {
        let key = key("app").sqlx;
        assert_eq!(key.0, 0x3d32_ad9e * i64::from(crc32(b"postgres")));
        assert_eq!((key.class_id() << 32) | key.object_id(), key.0);
        assert!(0x3d32_ad9e * i64::from(u32::MAX) > 0);
    }

    #[test]
    fn each_ledger_has_a_key_of_its_own() {
        let (app, tenant) = (key("app"), key("tenant"));
        assert_eq!(app.sqlx, tenant.sqlx);
        assert_ne!(app.ledger, tenant.ledger);
        assert!(app.ledger.class_id() >= 0);
        assert_eq!(
            (app.ledger.class_id() << 32) | app.ledger.object_id(),
            app.ledger.0
        );
    }
}
