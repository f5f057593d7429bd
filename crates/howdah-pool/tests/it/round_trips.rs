use howdah_pool::Pool;
use howdah_testkit::fault::Proxy;
use howdah_testkit::{As, TestDatabase};

use crate::support::{Result, database, one, pool, size};

async fn counted() -> Result<(TestDatabase, Proxy, Pool)> {
    let database = database().await?;
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let pool = Pool::open(&proxy.login(&login), &size(5)).await?;
    one(&pool).await?;
    Ok((database, proxy, pool))
}

#[tokio::test]
async fn a_query_on_the_pool_is_one_round_trip() -> Result {
    let (_database, proxy, pool) = counted().await?;
    let before = proxy.counts();
    for _ in 0..20 {
        one(&pool).await?;
    }
    let after = proxy.counts().since(&before);
    assert_eq!(after.round_trips(), 20, "{after:?}");
    Ok(())
}

#[tokio::test]
async fn a_connection_that_is_taken_and_given_back_costs_what_was_done_with_it() -> Result {
    let (_database, proxy, pool) = counted().await?;
    let before = proxy.counts();
    for _ in 0..20 {
        let mut connection = pool.acquire().await?;
        let one: i32 = sqlx::query_scalar("select 1")
            .fetch_one(&mut *connection)
            .await?;
        assert_eq!(one, 1);
    }
    assert_eq!(proxy.counts().since(&before).round_trips(), 20);
    Ok(())
}

#[tokio::test]
async fn a_transaction_is_its_statements_and_two_more() -> Result {
    let (_database, proxy, pool) = counted().await?;
    let before = proxy.counts();
    for _ in 0..10 {
        let mut transaction = pool.begin().await?;
        for _ in 0..3 {
            sqlx::query("select 1").execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    assert_eq!(proxy.counts().since(&before).round_trips(), 50);
    Ok(())
}

#[tokio::test]
async fn one_after_the_other_uses_one_connection() -> Result {
    let database = database().await?;
    let pool = pool(&database, 10)?;
    for _ in 0..50 {
        one(&pool).await?;
        pool.begin().await?.commit().await?;
    }
    assert_eq!(pool.status().opened, 1, "{:?}", pool.status());
    Ok(())
}

#[tokio::test]
async fn a_connection_that_is_being_reset_is_waited_for_before_one_more_is_made() -> Result {
    let database = database().await?;
    let pool = pool(&database, 10)?;
    let mut opened = 0;
    for _ in 0..50 {
        let mut connection = pool.acquire().await?;
        sqlx::Connection::ping(&mut **connection).await?;
        drop(connection);
        one(&pool).await?;
        opened = pool.status().opened;
    }
    // On a busy machine a reset may take longer than the pool is patient; without patience there are many.
    assert!(opened <= 3, "{:?}", pool.status());
    Ok(())
}
