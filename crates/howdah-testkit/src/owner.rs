use std::time::Duration;

use howdah_pool::{Login, connect};
use sqlx::Executor;
use sqlx::postgres::PgConnection;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::Error;

const STEP: &str = "introducing this process to the test server";
/// How soon a connection that was cut is noticed: tests cut connections on purpose.
const LOOK: Duration = Duration::from_millis(250);

/// This process on a server: a random number, and an advisory lock on it, held by a connection that does nothing else.
/// The lock is gone as soon as the process is, however it ends.
#[derive(Debug)]
pub(crate) struct Owner {
    key: i64,
    keeper: JoinHandle<()>,
}

impl Owner {
    pub(crate) async fn introduce(login: Login) -> Result<Self, Error> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(Error::step(STEP))?;
        let key = i64::from_be_bytes(bytes) & i64::MAX;
        let connection = hold(&login, key).await?;
        let keeper = tokio::spawn(keep(login, key, connection));
        Ok(Self { key, keeper })
    }

    pub(crate) fn key(&self) -> i64 {
        self.key
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

async fn hold(login: &Login, key: i64) -> Result<PgConnection, Error> {
    let mut connection = connect(login).await.map_err(Error::step(STEP))?;
    sqlx::query("select pg_advisory_lock($1)")
        .bind(key)
        .execute(&mut connection)
        .await
        .map_err(Error::step(STEP))?;
    Ok(connection)
}

async fn keep(login: Login, key: i64, mut connection: PgConnection) {
    loop {
        sleep(LOOK).await;
        if connection.execute("select 1").await.is_ok() {
            continue;
        }
        match hold(&login, key).await {
            Ok(again) => connection = again,
            Err(error) => tracing::debug!(%error, "the test server does not answer"),
        }
    }
}
