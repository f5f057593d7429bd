//! What one borrower leaves, the next one does not find.

use std::time::Duration;

use futures_util::TryStreamExt;
use howdah_pool::Pool;
use howdah_testkit::fault::{Doing, Proxy, Toxic, Way};
use howdah_testkit::{As, TestDatabase};
use sqlx::{AssertSqlSafe, Executor};
use tokio::time::timeout;

use crate::support::{LONG, Result, backends, database, one, pool, size, until};

/// Everything that can outlive a statement, as text: the same before and after, or something leaked.
const STATE: &str = "select concat_ws(' ',
    current_setting('search_path'), current_setting('work_mem'), current_user, session_user,
    (select count(*) from pg_catalog.pg_locks where locktype = 'advisory' and pid = pg_backend_pid()),
    (select count(*) from pg_catalog.pg_listening_channels()),
    (select count(*) from pg_catalog.pg_cursors),
    (select count(*) from pg_catalog.pg_prepared_statements where from_sql),
    (select count(*) from pg_catalog.pg_class where relpersistence = 't' and pg_table_is_visible(oid)),
    (select now() = statement_timestamp()))";

const LEFT: [&str; 14] = [
    "begin",
    "begin; select 1/0",
    "set search_path to pg_catalog",
    "set work_mem to '1MB'",
    "begin; set work_mem to '1MB'; commit",
    "select set_config('work_mem', '1MB', false)",
    "create temp table kept (a int)",
    "select 1 as a into temp kept",
    "select pg_advisory_lock(7)",
    "listen something",
    "declare kept cursor with hold for select 1",
    "prepare \"we\"\"ird; drop\" as select 1",
    "set session characteristics as transaction read only",
    "begin; savepoint a; select 1/0",
];

async fn state(pool: &Pool) -> Result<String> {
    Ok(sqlx::query_scalar(STATE).fetch_one(pool).await?)
}

#[tokio::test]
async fn nothing_that_is_said_on_the_pool_reaches_the_next_borrower() -> Result {
    let database = database().await?;
    let pool = pool(&database, 1)?;
    let clean = state(&pool).await?;
    for sql in LEFT {
        drop(sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await);
        assert_eq!(state(&pool).await?, clean, "after {sql}");
    }
    assert_eq!(pool.status().opened, 1, "reset, and not replaced");
    Ok(())
}

#[tokio::test]
async fn nothing_that_is_done_on_a_bare_connection_reaches_the_next_borrower() -> Result {
    let database = database().await?;
    let pool = pool(&database, 1)?;
    let clean = state(&pool).await?;
    for sql in LEFT {
        let mut connection = pool.acquire().await?;
        drop((&mut **connection).execute(AssertSqlSafe(sql)).await);
        drop(connection);
        assert_eq!(state(&pool).await?, clean, "after {sql}");
    }
    Ok(())
}

#[tokio::test]
async fn a_role_that_was_taken_on_is_put_down() -> Result {
    let database = database().await?;
    let mut login = database.login(As::Migrator);
    // As itself it may not use the schema.
    login.schema = None;
    let owner = database.layout().owner().clone();
    let pool = Pool::lazy(&login, &size(1))?;
    let clean = state(&pool).await?;
    pool.execute(AssertSqlSafe(format!("set role {owner}")))
        .await?;
    assert_eq!(state(&pool).await?, clean);
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_is_dropped_is_rolled_back_at_once() -> Result {
    let database = database().await?;
    let pool = pool(&database, 2)?;
    let mut transaction = pool.begin().await?;
    transaction
        .execute("select pg_advisory_xact_lock(9)")
        .await?;
    drop(transaction);
    // Nobody asks for a connection: the pool does it by itself.
    backends(&database)
        .wait_until("no transaction", |backends| {
            backends
                .iter()
                .all(|backend| backend.doing != Doing::IdleInTransaction)
        })
        .await?;
    one(&pool).await?;
    assert_eq!(pool.status().opened, 1);
    Ok(())
}

#[tokio::test]
async fn rows_that_nobody_reads_are_not_the_next_borrowers() -> Result {
    let database = database().await?;
    let pool = pool(&database, 1)?;
    for _ in 0..5 {
        let mut rows =
            sqlx::query("select n, repeat('x', 1000) from generate_series(1, 10000000) n")
                .fetch(&pool);
        assert!(rows.try_next().await?.is_some());
        drop(rows);
        assert_eq!(timeout(LONG, one(&pool)).await??, 1);
    }
    Ok(())
}

/// Futures that are dropped at any moment, on a line on which every message takes its time.
async fn cancel_at_random(pool: &Pool, round: u32) {
    let micros = u64::from(round.wrapping_mul(7919) % 12_000);
    let work = async {
        match round % 4 {
            0 => drop(pool.begin().await),
            1 => drop(one(pool).await),
            2 => drop(pool.execute("set work_mem to '1MB'").await),
            _ => {
                if let Ok(mut transaction) = pool.begin().await {
                    drop(transaction.execute("select pg_advisory_lock(5)").await);
                    drop(transaction.commit().await);
                }
            }
        }
    };
    drop(timeout(Duration::from_micros(micros), work).await);
}

fn through(database: &TestDatabase, jitter: Duration) -> Result<(Proxy, Pool)> {
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let delay = Duration::ZERO;
    // Until the proxy ends.
    std::mem::forget(proxy.inject(Way::BOTH, Toxic::Latency { delay, jitter }));
    let pool = Pool::lazy(&proxy.login(&login), &size(2))?;
    Ok((proxy, pool))
}

#[tokio::test]
async fn futures_dropped_at_any_moment_leave_nothing() -> Result {
    let database = database().await?;
    let (_proxy, pool) = through(&database, Duration::from_millis(5))?;
    let clean = state(&pool).await?;
    for round in 0..300 {
        cancel_at_random(&pool, round).await;
        assert_eq!(state(&pool).await?, clean, "round {round}");
    }
    until(&pool, "everything back", |status| {
        status.checked_out == 0 && status.usage.returning == 0 && status.usage.pending == 0
    })
    .await?;
    backends(&database)
        .wait_until("no transaction", |backends| {
            backends.iter().all(|backend| backend.doing == Doing::Idle)
        })
        .await?;
    Ok(())
}
