use std::time::Duration;

use howdah_testkit::fault::{PgBouncer, PoolMode};
use howdah_testkit::{As, Login, TestDatabase, connect};
use sqlx::Executor;
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use super::{Result, database, sqlstate};

const SILENCE: Duration = Duration::from_millis(300);

/// With room for one connection to the server.
async fn narrow(mode: PoolMode) -> Result<(TestDatabase, PgBouncer, Login)> {
    let database = database().await?;
    let login = database.login(As::App);
    let bouncer = PgBouncer::in_front_of(std::slice::from_ref(&login), mode, 1).await?;
    let through = bouncer.login(&login);
    Ok((database, bouncer, through))
}

async fn select(connection: &mut PgConnection) -> sqlx::Result<()> {
    connection.execute("select 1").await.map(drop)
}

#[tokio::test]
async fn clients_share_a_connection_between_their_transactions() -> Result {
    let (_database, _bouncer, login) = narrow(PoolMode::Transaction).await?;
    let (mut one, mut other) = (connect(&login).await?, connect(&login).await?);
    one.execute("set application_name = 'one'; select 1")
        .await?;
    one.execute("begin").await?;
    let blocked = timeout(SILENCE, select(&mut other)).await;
    assert!(blocked.is_err(), "the other one has it");
    one.execute("commit").await?;
    // One is still there, and has what it needs only while it needs it.
    let mut third = connect(&login).await?;
    timeout(Duration::from_secs(30), select(&mut third)).await??;
    Ok(())
}

#[tokio::test]
async fn a_client_keeps_its_connection_for_its_session() -> Result {
    let (_database, _bouncer, login) = narrow(PoolMode::Session).await?;
    let mut one = connect(&login).await?;
    select(&mut one).await?;
    let other = async {
        let mut other = connect(&login).await?;
        select(&mut other).await?;
        Result::Ok(())
    };
    tokio::pin!(other);
    assert!(timeout(SILENCE, &mut other).await.is_err(), "one has it");
    drop(one);
    timeout(Duration::from_secs(30), other).await??;
    Ok(())
}

#[tokio::test]
async fn a_pooler_of_statements_refuses_transactions() -> Result {
    let (_database, _bouncer, login) = narrow(PoolMode::Statement).await?;
    let mut one = connect(&login).await?;
    let error = one.execute("begin").await.unwrap_err();
    assert_eq!(sqlstate(&error).as_deref(), Some("08P01"));
    Ok(())
}

#[tokio::test]
async fn a_frozen_pooler_says_nothing_until_it_goes_on() -> Result {
    let (_database, bouncer, login) = narrow(PoolMode::Transaction).await?;
    let mut one = connect(&login).await?;
    let frozen = bouncer.freeze()?;
    let mut answer = Box::pin(select(&mut one));
    assert!(timeout(SILENCE, &mut answer).await.is_err());
    drop(frozen);
    answer.await?;
    Ok(())
}
