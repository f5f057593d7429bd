use std::time::{Duration, Instant};

use howdah_pool::Pool;
use howdah_testkit::As;

use crate::support::{Result, database, one, size, until};

#[tokio::test]
async fn connections_that_were_born_together_do_not_end_together() -> Result {
    let database = database().await?;
    let mut settings = size(10);
    settings.max_lifetime = Duration::from_millis(1_500);
    let pool = Pool::lazy(&database.login(As::App), &settings)?;
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(pool.acquire().await?);
    }
    held.into_iter().for_each(drop);
    let begun = Instant::now();
    let mut ends = Vec::new();
    while ends.len() < 10 {
        let gone = pool.status().closed.lifetime;
        ends.resize(usize::try_from(gone)?, begun.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let spread = ends
        .last()
        .zip(ends.first())
        .map(|(last, first)| last.saturating_sub(*first));
    assert!(spread > Some(Duration::from_millis(60)), "{ends:?}");
    Ok(())
}

#[tokio::test]
async fn unused_connections_are_closed_and_a_used_one_is_kept() -> Result {
    let database = database().await?;
    let mut settings = size(4);
    settings.idle_timeout = Duration::from_millis(300);
    let pool = Pool::lazy(&database.login(As::App), &settings)?;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(pool.acquire().await?);
    }
    held.into_iter().for_each(drop);
    while pool.status().usage.open > 1 {
        one(&pool).await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(pool.status().closed.idle, 3);
    until(&pool, "none left", |status| status.usage.open == 0).await?;
    assert_eq!(pool.status().opened, 4);
    Ok(())
}
