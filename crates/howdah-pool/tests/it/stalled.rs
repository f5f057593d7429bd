//! Peers that do not answer, and statements that nobody waits for any more.

use std::time::{Duration, Instant};

use howdah_pool::Timing;
use howdah_testkit::As;
use howdah_testkit::fault::{Doing, Proxy, Toxic, Way};
use tokio::time::timeout;

use crate::support::{LONG, Result, backends, database, one, pool, size, timed, until};

#[tokio::test]
async fn a_statement_that_is_given_up_ends_on_the_server_and_frees_its_connection() -> Result {
    let database = database().await?;
    let pool = pool(&database, 1)?;
    one(&pool).await?;
    let sleep = sqlx::query("select pg_sleep(60)").execute(&pool);
    assert!(timeout(Duration::from_millis(100), sleep).await.is_err());
    let begun = Instant::now();
    one(&pool).await?;
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    backends(&database)
        .wait_until("nobody asleep", |backends| {
            backends.iter().all(|backend| backend.doing == Doing::Idle)
        })
        .await?;
    assert_eq!(pool.status().opened, 1, "cancelled, and not replaced");
    Ok(())
}

#[tokio::test]
async fn a_cancel_finds_its_way_also_when_the_connection_for_it_has_died() -> Result {
    let database = database().await?;
    let pool = pool(&database, 1)?;
    for _ in 0..2 {
        one(&pool).await?;
        let sleep = sqlx::query("select pg_sleep(60)").execute(&pool);
        assert!(timeout(Duration::from_millis(100), sleep).await.is_err());
        one(&pool).await?;
        // That of the pool's own, too.
        backends(&database).terminate().await?;
        until(&pool, "a connection that works", |status| {
            status.usage.returning == 0
        })
        .await?;
        pool.begin().await?.commit().await?;
    }
    assert_eq!(pool.status().closed.unclean, 0, "{:?}", pool.status());
    Ok(())
}

#[tokio::test]
async fn no_cancel_meets_the_next_borrower() -> Result {
    let database = database().await?;
    let pool = pool(&database, 1)?;
    one(&pool).await?;
    for round in 0..500_u64 {
        let query = sqlx::query("select 1 from generate_series(1, 200)").fetch_all(&pool);
        drop(timeout(Duration::from_micros(round % 400), query).await);
        // A stray one would be 57014 here.
        one(&pool).await?;
    }
    Ok(())
}

#[tokio::test]
async fn after_one_dead_connection_the_others_have_to_show_that_they_live() -> Result {
    let database = database().await?;
    let pool = pool(&database, 5)?;
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(pool.acquire().await?);
    }
    held.into_iter().for_each(drop);
    backends(&database).terminate().await?;
    // Used a moment ago, so the first one is not asked, and fails; with it all others are suspect.
    let first = one(&pool).await;
    let begins = async {
        for _ in 0..20 {
            pool.begin().await?.commit().await?;
        }
        one(&pool).await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    };
    timeout(LONG, begins).await??;
    drop(first);
    assert_eq!(pool.status().closed.broken, 5, "{:?}", pool.status());
    Ok(())
}

#[tokio::test]
async fn begin_never_fails_by_a_connection_that_died_while_idle() -> Result {
    let database = database().await?;
    let pool = pool(&database, 5)?;
    for _ in 0..5 {
        let mut held = Vec::new();
        for _ in 0..5 {
            held.push(pool.acquire().await?);
        }
        held.into_iter().for_each(drop);
        backends(&database).terminate().await?;
        let mut open = Vec::new();
        for _ in 0..5 {
            open.push(pool.begin().await?);
        }
        for transaction in open {
            transaction.commit().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_black_hole_in_the_middle_of_a_query_ends_with_its_caller() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let mut timing = Timing::default();
    timing.release = Duration::from_millis(200);
    let pool = timed(&proxy.login(&login), &size(1), timing)?;
    one(&pool).await?;
    let hole = proxy.inject(Way::BOTH, Toxic::BlackHole);
    assert!(
        timeout(Duration::from_millis(100), one(&pool))
            .await
            .is_err()
    );
    until(&pool, "the connection to be dropped", |status| {
        status.usage.open == 0
    })
    .await?;
    drop(hole);
    assert_eq!(timeout(LONG, one(&pool)).await??, 1);
    backends(&database).wait_for_one(Doing::Idle).await?;
    Ok(())
}

mod on_local_binaries {
    use std::time::{Duration, Instant};

    use howdah_pool::Timing;
    use howdah_testkit::{As, TestDatabase, TestServer};
    use tokio::time::timeout;

    use crate::support::{LONG, Result, backends, one, size, timed};

    /// Only a process of this machine can be frozen.
    async fn of_this_machine() -> Result<(TestServer, TestDatabase)> {
        let server = TestServer::local().await?;
        let database = TestDatabase::with_roles(&server).await?;
        Ok((server, database))
    }

    #[tokio::test]
    async fn a_frozen_backend_holds_its_place_no_longer_than_the_release_may_take() -> Result {
        let (_server, database) = of_this_machine().await?;
        let mut timing = Timing::default();
        timing.release = Duration::from_millis(300);
        let pool = timed(&database.login(As::App), &size(1), timing)?;
        let mut connection = pool.acquire().await?;
        sqlx::Connection::ping(&mut **connection).await?;
        let frozen = backends(&database)
            .with_pid(connection.backend_pid())
            .freeze()
            .await?;
        drop(connection);
        let begun = Instant::now();
        assert_eq!(timeout(LONG, one(&pool)).await??, 1);
        assert!(begun.elapsed() >= Duration::from_millis(250));
        assert_eq!(pool.status().closed.unclean, 1);
        drop(frozen);
        Ok(())
    }

    #[tokio::test]
    async fn an_idle_connection_that_does_not_answer_is_passed_over_within_one_acquire() -> Result {
        let (_server, database) = of_this_machine().await?;
        let mut timing = Timing::default();
        timing.validate_after = Duration::ZERO;
        timing.validation = Duration::from_millis(200);
        let pool = timed(&database.login(As::App), &size(5), timing)?;
        let mut held = Vec::new();
        for _ in 0..5 {
            held.push(pool.acquire().await?);
        }
        let last = held.last().map(|connection| connection.backend_pid());
        // The one that comes back last is given out first.
        held.into_iter().for_each(drop);
        let _frozen = backends(&database)
            .with_pid(last.unwrap_or_default())
            .freeze()
            .await?;
        assert_eq!(timeout(LONG, one(&pool)).await??, 1);
        assert_eq!(pool.status().closed.broken, 1);
        assert_eq!(pool.status().opened, 5, "another idle one did");
        Ok(())
    }
}
