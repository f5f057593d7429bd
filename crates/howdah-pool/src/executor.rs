//! Queries on a pool and on its connections, by sqlx's own functions. What the futures here mark as begun stays so when
//! they are dropped.

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, TryStreamExt};
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo, Postgres};
use sqlx::{Describe, Either, Execute, Executor, SqlStr};
use sqlx_core::try_stream;

use crate::acquire::acquire;
use crate::statement::Statement;
use crate::{Pool, Session};

type Step = Either<PgQueryResult, PgRow>;

impl Session {
    /// Marks the session as busy with this statement.
    fn begin(&mut self, statement: &Statement) {
        if !statement.is_contained() {
            self.taint();
        }
        self.begun();
    }

    fn end<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.ended(&result);
        result
    }

    async fn run_optional(&mut self, statement: Statement) -> Result<Option<PgRow>, sqlx::Error> {
        self.begin(&statement);
        let result = self.pg.fetch_optional(statement).await;
        self.end(result)
    }

    async fn run_all(&mut self, statement: Statement) -> Result<Vec<PgRow>, sqlx::Error> {
        self.begin(&statement);
        let result = self.pg.fetch_all(statement).await;
        self.end(result)
    }

    async fn run(&mut self, statement: Statement) -> Result<PgQueryResult, sqlx::Error> {
        self.begin(&statement);
        let result = self.pg.execute(statement).await;
        self.end(result)
    }

    async fn run_prepare(
        &mut self,
        sql: SqlStr,
        parameters: &[PgTypeInfo],
    ) -> Result<PgStatement, sqlx::Error> {
        self.begun();
        let result = self.pg.prepare_with(sql, parameters).await;
        self.end(result)
    }

    async fn run_describe(&mut self, sql: SqlStr) -> Result<Describe<Postgres>, sqlx::Error> {
        self.begun();
        let result = self.pg.describe(sql).await;
        self.end(result)
    }
}

impl<'c> Executor<'c> for &'c mut Session {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        Box::pin(try_stream! {
            self.begin(&statement);
            let mut failed = Ok(());
            {
                let mut steps = self.pg.fetch_many(statement);
                loop {
                    match steps.try_next().await {
                        Ok(Some(step)) => r#yield!(step),
                        Ok(None) => break,
                        Err(error) => {
                            failed = Err(error);
                            break;
                        }
                    }
                }
            }
            self.end(failed)
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        Box::pin(self.run_optional(statement))
    }

    fn fetch_one<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<PgRow, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        Box::pin(async move { one(self.run_optional(statement).await?) })
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        Box::pin(self.run_all(statement))
    }

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<PgQueryResult, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        Box::pin(self.run(statement))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        Box::pin(self.run_prepare(sql, parameters))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'c: 'e,
    {
        Box::pin(self.run_describe(sql))
    }
}

impl<'p> Executor<'p> for &Pool {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        let shared = self.shared().clone();
        Box::pin(try_stream! {
            let mut connection = acquire(&shared, None).await?;
            let mut steps = (&mut *connection).fetch_many(statement);
            while let Some(step) = steps.try_next().await? {
                r#yield!(step);
            }
            Ok(())
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        let shared = self.shared().clone();
        Box::pin(async move {
            let mut connection = acquire(&shared, None).await?;
            connection.run_optional(statement).await
        })
    }

    fn fetch_one<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<PgRow, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        let shared = self.shared().clone();
        Box::pin(async move {
            let mut connection = acquire(&shared, None).await?;
            one(connection.run_optional(statement).await?)
        })
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<PgRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        let shared = self.shared().clone();
        Box::pin(async move {
            let mut connection = acquire(&shared, None).await?;
            connection.run_all(statement).await
        })
    }

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<PgQueryResult, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let statement = Statement::of(query);
        let shared = self.shared().clone();
        Box::pin(async move {
            let mut connection = acquire(&shared, None).await?;
            connection.run(statement).await
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        let shared = self.shared().clone();
        Box::pin(async move {
            let mut connection = acquire(&shared, None).await?;
            connection.run_prepare(sql, parameters).await
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'p: 'e,
    {
        let shared = self.shared().clone();
        Box::pin(async move {
            let mut connection = acquire(&shared, None).await?;
            connection.run_describe(sql).await
        })
    }
}

fn one(row: Option<PgRow>) -> Result<PgRow, sqlx::Error> {
    row.ok_or(sqlx::Error::RowNotFound)
}
