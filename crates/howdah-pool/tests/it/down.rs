//! A server that is away.

use std::time::{Duration, Instant};

use howdah_pool::{Error, Timing};
use howdah_testkit::As;
use howdah_testkit::fault::{Ending, FakeServer, Greeting, Proxy};
use tokio::time::timeout;

use crate::support::{LONG, Result, database, one, size, timed, until};

fn quick() -> Timing {
    let mut timing = Timing::default();
    timing.fail_fast_after = Duration::from_millis(100);
    timing.probe_every = Duration::from_millis(100);
    timing
}

#[tokio::test]
async fn callers_do_not_wait_for_a_server_that_is_away_and_one_task_looks_for_it() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let pool = timed(&proxy.login(&login), &size(5), quick())?;
    one(&pool).await?;
    let away = proxy.refuse()?;
    proxy.end(Ending::Reset);
    // The first ones find it out.
    while !pool.status().is_down {
        drop(timeout(LONG, pool.acquire()).await?);
    }
    let begun = Instant::now();
    for _ in 0..1_000 {
        let error = pool.acquire().await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert!(error.is_retryable());
    }
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    drop(away);
    until(&pool, "the server found", |status| !status.is_down).await?;
    one(&pool).await?;
    Ok(())
}

#[tokio::test]
async fn a_short_absence_is_waited_out() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let mut timing = Timing::default();
    timing.fail_fast_after = LONG;
    let pool = timed(&proxy.login(&login), &size(5), timing)?;
    one(&pool).await?;
    let away = proxy.refuse()?;
    proxy.end(Ending::Reset);
    let mut begins = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let pool = pool.clone();
        begins.spawn(async move { pool.begin().await?.commit().await });
    }
    until(&pool, "callers in line", |status| {
        status.usage.pending == 20
    })
    .await?;
    drop(away);
    while let Some(begun) = timeout(LONG, begins.join_next()).await? {
        begun??;
    }
    Ok(())
}

#[tokio::test]
async fn attempts_are_few_while_it_is_away() -> Result {
    let server = FakeServer::start()?;
    server.greets([Greeting::starting_up()]);
    let mut timing = quick();
    timing.probe_every = Duration::from_millis(500);
    let pool = timed(&server.login()?, &size(5), timing)?;
    while !pool.status().is_down {
        drop(timeout(LONG, pool.acquire()).await?);
    }
    let before = server.seen().len();
    let end = Instant::now() + Duration::from_millis(900);
    while Instant::now() < end {
        assert!(pool.acquire().await.is_err());
        tokio::task::yield_now().await;
    }
    let attempts = server.seen().len() - before;
    assert!(attempts <= 6, "{attempts}: {:?}", server.seen());
    Ok(())
}
