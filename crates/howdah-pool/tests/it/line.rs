//! Who gets which connection, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use howdah_pool::Error;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{LONG, Result, database, one, pool, size, until};

#[tokio::test]
async fn callers_are_served_in_the_order_in_which_they_came() -> Result {
    let database = database().await?;
    let pool = pool(&database, 1)?;
    let held = pool.acquire().await?;
    let served = Arc::new(AtomicU32::new(0));
    let mut callers = JoinSet::new();
    for number in 0..20 {
        let (caller, served) = (pool.clone(), Arc::clone(&served));
        callers.spawn(async move {
            let connection = caller.acquire().await;
            (
                number,
                served.fetch_add(1, Ordering::SeqCst),
                connection.is_ok(),
            )
        });
        let in_line = number + 1;
        until(&pool, "the caller in line", move |status| {
            status.usage.pending == in_line
        })
        .await?;
    }
    drop(held);
    while let Some(served) = callers.join_next().await {
        let (number, turn, is_ok) = served?;
        assert_eq!((number, is_ok), (turn, true));
    }
    Ok(())
}

#[tokio::test]
async fn who_gives_up_waiting_takes_nothing_with_him() -> Result {
    let database = database().await?;
    let pool = pool(&database, 2)?;
    for round in 0..200_u64 {
        let held = (pool.acquire().await?, pool.acquire().await?);
        let waiting = tokio::spawn({
            let pool = pool.clone();
            async move {
                timeout(Duration::from_micros(round * 5), pool.acquire())
                    .await
                    .is_ok()
            }
        });
        tokio::task::yield_now().await;
        drop(held);
        waiting.await?;
    }
    until(&pool, "two idle ones", |status| {
        status.checked_out == 0 && status.usage.pending == 0 && status.checked_in == 2
    })
    .await?;
    assert_eq!(pool.status().opened, 2);
    Ok(())
}

#[tokio::test]
async fn a_full_pool_says_who_has_its_connections() -> Result {
    let database = database().await?;
    let mut settings = size(2);
    settings.acquire_timeout = Duration::from_millis(100);
    let pool = howdah_pool::Pool::open(&database.login(howdah_testkit::As::App), &settings).await?;
    let first = pool.acquire().await?;
    let here = line!() - 1;
    let _second = pool.acquire().await?;
    let error = pool.acquire().await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::AcquireTimeout { .. }), "{error:?}");
    assert!(
        text.contains(&format!("tests/it/line.rs:{here}:")),
        "{text}"
    );
    assert!(
        text.contains(&format!("(pid {})", first.backend_pid())),
        "{text}"
    );
    assert!(text.contains("2 open (2 in use, 0 idle"), "{text}");
    assert_eq!(pool.status().timeouts, 1);
    // Through the driver's functions it is the same error, inside of one of the driver's.
    let error = one(&pool).await.unwrap_err();
    assert!(
        matches!(Error::of(&error), Some(Error::AcquireTimeout { .. })),
        "{error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn connections_beyond_the_size_are_closed_when_they_come_back() -> Result {
    let database = database().await?;
    let mut settings = size(2);
    settings.overflow = 2;
    let pool = howdah_pool::Pool::lazy(&database.login(howdah_testkit::As::App), &settings)?;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(pool.acquire().await?);
    }
    assert_eq!(pool.status().overflow, 2);
    held.into_iter().for_each(drop);
    let status = pool.status();
    assert_eq!(
        (status.checked_in, status.overflow, status.closed.overflow),
        (2, 0, 2)
    );
    Ok(())
}

#[tokio::test]
async fn the_one_used_last_is_given_out_first() -> Result {
    let database = database().await?;
    let pool = pool(&database, 3)?;
    let (first, second) = (pool.acquire().await?, pool.acquire().await?);
    let last = first.backend_pid();
    drop(second);
    drop(first);
    for _ in 0..10 {
        assert_eq!(pool.acquire().await?.backend_pid(), last);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_starves() -> Result {
    let database = database().await?;
    let pool = pool(&database, 4)?;
    let end = Instant::now() + Duration::from_millis(500);
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        let pool = pool.clone();
        tasks.spawn(async move {
            let mut done = 0_u32;
            while Instant::now() < end {
                one(&pool).await?;
                done += 1;
            }
            Ok::<_, sqlx::Error>(done)
        });
    }
    let mut each = Vec::new();
    while let Some(done) = timeout(LONG, tasks.join_next()).await? {
        each.push(done??);
    }
    let mean = each.iter().sum::<u32>() / 32;
    assert!(each.iter().all(|done| *done >= mean / 3), "{each:?}");
    assert!(pool.status().opened <= 4);
    Ok(())
}
