use std::future::poll_fn;

use sqlx::postgres::PgRow;
use sqlx::{
    AssertSqlSafe, ColumnIndex, Decode, Either, Executor, PgConnection, Postgres, Row, Type,
    raw_sql,
};

/// Runs SQL through the simple protocol: no prepared statement that a pooler could lose.
///
/// All text in it is a constant, a number, or was quoted by howdah-ident.
pub(crate) async fn run(
    conn: &mut PgConnection,
    sql: impl Into<String>,
) -> Result<(), sqlx::Error> {
    conn.execute(raw_sql(AssertSqlSafe(sql.into()))).await?;
    Ok(())
}

/// As [`run`], for a query.
pub(crate) async fn rows(
    conn: &mut PgConnection,
    sql: impl Into<String>,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let sql = sql.into();
    speak_utf8(conn, &sql).await?;
    conn.fetch_all(raw_sql(AssertSqlSafe(sql))).await
}

/// A file may have set another encoding, in which the server would read the text of ours. It reads a message before it
/// runs any of it, so that this is one of its own; most have no need of it.
pub(crate) async fn speak_utf8(conn: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    if sql.is_ascii() {
        return Ok(());
    }
    run(conn, "set client_encoding to 'UTF8'").await
}

/// As [`run`], for a query that gives one boolean.
pub(crate) async fn is_true(
    conn: &mut PgConnection,
    sql: impl Into<String>,
) -> Result<bool, sqlx::Error> {
    let sql = sql.into();
    speak_utf8(conn, &sql).await?;
    let row = conn.fetch_one(raw_sql(AssertSqlSafe(sql))).await?;
    row.try_get(0)
}

/// Runs several statements in one message, and returns the last row of all; the error comes with the number of
/// statements that ended before it.
pub(crate) async fn script(
    conn: &mut PgConnection,
    sql: &str,
) -> Result<Option<PgRow>, (usize, sqlx::Error)> {
    let (mut ended, mut last) = (0, None);
    let mut results = conn.fetch_many(raw_sql(AssertSqlSafe(sql.to_owned())));
    loop {
        match poll_fn(|context| results.as_mut().poll_next(context)).await {
            None => return Ok(last),
            Some(Ok(Either::Left(_))) => ended += 1,
            Some(Ok(Either::Right(row))) => last = Some(row),
            Some(Err(error)) => return Err((ended, error)),
        }
    }
}

/// A column by its name.
pub(crate) fn column<'r, T>(row: &'r PgRow, name: &'static str) -> Result<T, sqlx::Error>
where
    T: Decode<'r, Postgres> + Type<Postgres>,
    &'static str: ColumnIndex<PgRow>,
{
    row.try_get(name)
}
