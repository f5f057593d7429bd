//! sqlx's functions on the pool and on its connections.

use futures_util::TryStreamExt;
use howdah_pool::Pool;
use howdah_testkit::TestDatabase;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};

use crate::support::{Result, database, pool};

async fn with_numbers() -> Result<(TestDatabase, Pool)> {
    let database = database().await?;
    let mut superuser = database.connect(howdah_testkit::As::Superuser).await?;
    let sql = "create table app.numbers (n int primary key); grant all on app.numbers to public";
    sqlx::raw_sql(sql).execute(&mut superuser).await?;
    let pool = pool(&database, 3)?;
    Ok((database, pool))
}

async fn on_a_bare_connection(connection: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from app.numbers")
        .fetch_one(connection)
        .await
}

#[tokio::test]
async fn each_way_to_fetch_works_on_the_pool() -> Result {
    let (_database, pool) = with_numbers().await?;
    let done = sqlx::query("insert into app.numbers select generate_series(1, $1)")
        .bind(5)
        .execute(&pool)
        .await?;
    assert_eq!(done.rows_affected(), 5);
    let all: Vec<i32> = sqlx::query_scalar("select n from app.numbers order by n")
        .fetch_all(&pool)
        .await?;
    assert_eq!(all, [1, 2, 3, 4, 5]);
    let some: Option<(i32,)> = sqlx::query_as("select n from app.numbers where n = $1")
        .bind(9)
        .fetch_optional(&pool)
        .await?;
    assert_eq!(some, None);
    let none = sqlx::query("select n from app.numbers where n = 9")
        .fetch_one(&pool)
        .await;
    assert!(matches!(none, Err(sqlx::Error::RowNotFound)), "{none:?}");
    let mut sum = 0_i32;
    let mut rows = sqlx::query("select n from app.numbers").fetch(&pool);
    while let Some(row) = rows.try_next().await? {
        sum += row.try_get::<i32, _>(0)?;
    }
    drop(rows);
    assert_eq!(sum, 15);
    let raw = sqlx::raw_sql("select 1; select 2").fetch_all(&pool).await?;
    assert_eq!(raw.len(), 2);
    let prepared = (&pool)
        .prepare(sqlx::SqlSafeStr::into_sql_str("select $1::int"))
        .await?;
    assert_eq!(sqlx::Statement::columns(&prepared).len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_transaction_is_a_connection_for_everything() -> Result {
    let (_database, pool) = with_numbers().await?;
    let mut transaction = pool.begin().await?;
    sqlx::query("insert into app.numbers values (1)")
        .execute(&mut *transaction)
        .await?;
    let mut savepoint = transaction.begin().await?;
    sqlx::query("insert into app.numbers values (2)")
        .execute(&mut *savepoint)
        .await?;
    savepoint.rollback().await?;
    assert_eq!(on_a_bare_connection(&mut transaction).await?, 1);
    transaction.commit().await?;
    let mut connection = pool.acquire().await?;
    assert_eq!(on_a_bare_connection(&mut connection).await?, 1);
    Ok(())
}

#[tokio::test]
async fn an_error_of_the_server_leaves_the_connection_usable() -> Result {
    let (_database, pool) = with_numbers().await?;
    for _ in 0..3 {
        let error = sqlx::query("insert into app.numbers values (1), (1)")
            .execute(&pool)
            .await
            .unwrap_err();
        assert_eq!(
            error
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code)
                .as_deref(),
            Some("23505")
        );
    }
    assert_eq!(pool.status().opened, 1);
    assert_eq!(pool.status().closed.total(), 0);
    Ok(())
}

#[tokio::test]
async fn a_commit_after_an_error_that_was_swallowed_is_an_error() -> Result {
    let (_database, pool) = with_numbers().await?;
    let mut transaction = pool.begin().await?;
    sqlx::query("insert into app.numbers values (1)")
        .execute(&mut *transaction)
        .await?;
    let swallowed = sqlx::query("select 1/0").execute(&mut *transaction).await;
    assert!(swallowed.is_err());
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("25P02"), "{error:?}");
    let mut connection = pool.acquire().await?;
    assert_eq!(on_a_bare_connection(&mut connection).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_commit_after_a_savepoint_that_was_taken_back_is_done() -> Result {
    let (_database, pool) = with_numbers().await?;
    let mut transaction = pool.begin().await?;
    for sql in [
        "savepoint a",
        "select 1/0",
        "rollback to a",
        "insert into app.numbers values (1)",
    ] {
        drop(sqlx::query(sql).execute(&mut *transaction).await);
    }
    transaction.commit().await?;
    let mut connection = pool.acquire().await?;
    assert_eq!(on_a_bare_connection(&mut connection).await?, 1);
    Ok(())
}
