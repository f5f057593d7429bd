use howdah_testkit::fault::{Backends, Limit};
use howdah_testkit::{As, connect};

use super::{Result, database, sqlstate, with_notes};

#[tokio::test]
async fn a_role_gets_so_many_connections_until_the_limit_is_lifted() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let superuser = database.login(As::Superuser);
    let limit = Limit::role_connections(&superuser, database.layout().app(), 1).await?;
    let _one = connect(&login).await?;
    let error = connect(&login).await.unwrap_err();
    assert_eq!(sqlstate(&error).as_deref(), Some("53300"));
    database.connect(As::ReadOnly).await?;
    limit.lift().await?;
    connect(&login).await?;
    Ok(())
}

#[tokio::test]
async fn a_database_gets_so_many_connections_until_the_limit_is_dropped() -> Result {
    let database = database().await?;
    let superuser = database.login(As::Superuser);
    Backends::of(&superuser).wait_for(0).await?;
    let limit = Limit::database_connections(&superuser, 1).await?;
    Backends::of(&superuser).wait_for(0).await?;
    let _one = database.connect(As::ReadOnly).await?;
    let error = connect(&database.login(As::App)).await.unwrap_err();
    assert_eq!(sqlstate(&error).as_deref(), Some("53300"));
    drop(limit);
    database.connect(As::App).await?;
    Ok(())
}

#[tokio::test]
async fn the_limit_of_before_comes_back() -> Result {
    let database = database().await?;
    let superuser = database.login(As::Superuser);
    let app = database.layout().app();
    let outer = Limit::role_connections(&superuser, app, 0).await?;
    let inner = Limit::role_connections(&superuser, app, 5).await?;
    database.connect(As::App).await?;
    inner.lift().await?;
    assert!(database.connect(As::App).await.is_err());
    outer.lift().await?;
    database.connect(As::App).await?;
    Ok(())
}

#[tokio::test]
async fn new_sessions_of_a_read_only_database_cannot_write() -> Result {
    let database = with_notes().await?;
    let limit = Limit::read_only(&database.login(As::Superuser)).await?;
    let mut app = database.connect(As::App).await?;
    let insert = "insert into app.notes values ('x')";
    let error = sqlx::query(insert).execute(&mut app).await.unwrap_err();
    assert_eq!(sqlstate(&error).as_deref(), Some("25006"));
    limit.lift().await?;
    let mut app = database.connect(As::App).await?;
    sqlx::query(insert).execute(&mut app).await?;
    Ok(())
}
