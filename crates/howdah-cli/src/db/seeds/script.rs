use std::future::poll_fn;

use sqlx::{AssertSqlSafe, Either, Executor, PgConnection, raw_sql};

/// Runs a file as a whole, without psql; the error comes with the number of statements that ended before it.
pub(crate) async fn run(
    connection: &mut PgConnection,
    sql: &str,
) -> Result<(), (usize, sqlx::Error)> {
    let mut ended = 0;
    let mut results = connection.fetch_many(raw_sql(AssertSqlSafe(sql.to_owned())));
    loop {
        match poll_fn(|context| results.as_mut().poll_next(context)).await {
            None => return Ok(()),
            Some(Ok(Either::Left(_))) => ended += 1,
            Some(Ok(Either::Right(_))) => {}
            Some(Err(error)) => return Err((ended, error)),
        }
    }
}
