use std::time::{Duration, Instant};

use howdah_pool::Error;
use howdah_testkit::As;
use howdah_testkit::fault::{Doing, Proxy};
use tokio::time::timeout;

use crate::support::{LONG, Result, backends, database, one, pool, size, until};

#[tokio::test]
async fn closing_waits_for_what_is_in_use_and_refuses_the_rest() -> Result {
    let database = database().await?;
    let pool = pool(&database, 2)?;
    let held = (pool.acquire().await?, pool.acquire().await?);
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire().await.map(drop) }
    });
    until(&pool, "a caller in line", |status| {
        status.usage.pending == 1
    })
    .await?;
    let closing = tokio::spawn({
        let pool = pool.clone();
        async move { pool.close().await }
    });
    assert!(matches!(waiting.await?, Err(Error::Closed { .. })));
    assert!(!closing.is_finished());
    drop(held);
    timeout(LONG, closing).await???;
    assert!(matches!(pool.acquire().await, Err(Error::Closed { .. })));
    assert_eq!(pool.status().usage.open, 0);
    backends(&database).wait_for(0).await?;
    Ok(())
}

#[tokio::test]
async fn closing_ends_in_time_and_says_who_is_late() -> Result {
    let database = database().await?;
    let pool = pool(&database, 2)?;
    let held = pool.acquire().await?;
    let here = line!() - 1;
    let begun = Instant::now();
    let error = pool
        .close_within(Duration::from_millis(100))
        .await
        .unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let text = error.to_string();
    assert!(text.contains(&format!("close.rs:{here}:")), "{text}");
    drop(held);
    backends(&database).wait_for(0).await?;
    Ok(())
}

#[tokio::test]
async fn a_pool_that_is_dropped_leaves_no_connection() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let pool = howdah_pool::Pool::lazy(&proxy.login(&login), &size(3))?;
    let held = (pool.acquire().await?, pool.acquire().await?);
    one(&pool).await?;
    drop(pool);
    drop(held);
    proxy
        .wait_until("no connection", |counts| counts.open == 0)
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_still_runs_when_the_time_is_over_is_cancelled() -> Result {
    let database = database().await?;
    let pool = pool(&database, 1)?;
    one(&pool).await?;
    let sleeping = tokio::spawn({
        let pool = pool.clone();
        async move { sqlx::query("select pg_sleep(60)").execute(&pool).await }
    });
    backends(&database).wait_for_one(Doing::Running).await?;
    assert!(pool.close_within(Duration::from_millis(50)).await.is_err());
    let error = timeout(LONG, sleeping).await??.unwrap_err();
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    assert_eq!(code.as_deref(), Some("57014"), "{error:?}");
    backends(&database).wait_for(0).await?;
    Ok(())
}
