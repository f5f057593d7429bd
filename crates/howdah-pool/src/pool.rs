use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgPool, PgPoolOptions, Postgres};
use tokio::time::timeout;

use crate::connect::{check_supported, connect};
use crate::{Error, Login};

/// How long [`Pool::close`] waits for connections that are still in use.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// A pool of connections with one login. Clones share it.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: PgPool,
    target: String,
}

impl Pool {
    /// Makes one connection to find out that it works, and then opens the pool, which connects when needed.
    ///
    /// # Errors
    /// Those of [`connect`], and [`Error::Schema`] when the login names a schema that is not there for it.
    pub async fn open(login: &Login, settings: &howdah_config::Pool) -> Result<Self, Error> {
        check_supported(login)?;
        check_schema(login).await?;
        Self::lazy(login, settings)
    }

    /// Opens the pool without a connection: what is wrong with the login is found by the first one.
    ///
    /// It must be called on a Tokio runtime, whose timer the pool uses.
    ///
    /// # Errors
    /// [`Error::TlsNotCompiled`] or [`Error::Unsupported`].
    pub fn lazy(login: &Login, settings: &howdah_config::Pool) -> Result<Self, Error> {
        check_supported(login)?;
        let inner = PgPoolOptions::new()
            .min_connections(0)
            .max_connections(settings.max_open())
            .acquire_timeout(settings.acquire_timeout)
            .max_lifetime(settings.max_lifetime)
            .idle_timeout(settings.idle_timeout)
            .connect_lazy_with(login.options());
        Ok(Self {
            inner,
            target: login.target(),
        })
    }

    /// A connection, after at most `pool.acquire_timeout`.
    ///
    /// # Errors
    /// [`Error::Acquire`].
    pub async fn acquire(&self) -> Result<PoolConnection<Postgres>, Error> {
        self.inner.acquire().await.map_err(|source| Error::Acquire {
            target: self.target.clone(),
            source: Box::new(source),
        })
    }

    /// The driver's pool, for crates that take one.
    pub fn sqlx(&self) -> &PgPool {
        &self.inner
    }

    /// Gives out no more connections and waits at most 10 s for those in use.
    ///
    /// # Errors
    /// [`Error::CloseTimeout`]; the pool is closed all the same.
    pub async fn close(&self) -> Result<(), Error> {
        timeout(CLOSE_LIMIT, self.inner.close())
            .await
            .map_err(|_elapsed| Error::CloseTimeout {
                open: self.inner.size(),
                limit: CLOSE_LIMIT,
            })
    }
}

/// `set search_path` to a missing schema succeeds; the first statement would be the one to fail.
async fn check_schema(login: &Login) -> Result<(), Error> {
    let mut connection = connect(login).await?;
    let current: Option<String> = sqlx::query_scalar("select current_schema()::text")
        .fetch_one(&mut connection)
        .await
        .map_err(|source| Error::connect(login, source))?;
    match &login.schema {
        Some(schema) if current.as_deref() != Some(schema.as_str()) => Err(Error::Schema {
            schema: schema.as_str().to_owned(),
            target: login.target(),
        }),
        _ => Ok(()),
    }
}
