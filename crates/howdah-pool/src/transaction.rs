use std::ops::{Deref, DerefMut};

use sqlx::Executor;

use crate::state::Site;
use crate::{Error, Pool, PoolConnection, Session, acquire, driver};

/// A transaction on a connection of the pool. Dropped without [`commit`](Self::commit), it is rolled back in the
/// background, within a time.
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction {
    connection: PoolConnection,
}

impl Transaction {
    /// Takes a connection, and begins. When a connection that was idle turns out to be dead, the next one is taken:
    /// nothing of the caller's was sent on it.
    pub(crate) async fn begin(pool: &Pool, site: Site) -> Result<Self, Error> {
        loop {
            let mut connection = acquire::acquire(pool.shared(), site).await?;
            let was_idle = connection.was_idle();
            let session = &mut *connection;
            session.begun();
            let result = driver::begin(&mut session.pg).await;
            session.ended(&result);
            match result {
                Ok(()) => {
                    session.forget_failures();
                    return Ok(Self { connection });
                }
                Err(_lost) if was_idle && session.is_broken() => {}
                Err(source) => return Err(failed("begin", source)),
            }
        }
    }

    /// Makes its changes last.
    ///
    /// # Errors
    /// [`Error::Transaction`] when the server refuses, or when a statement had failed and its error was swallowed (25P02;
    /// `COMMIT` itself would say nothing); nothing is changed then. [`Error::OutcomeUnknown`] when the connection was
    /// lost before the answer.
    pub async fn commit(mut self) -> Result<(), Error> {
        self.check().await?;
        let session = &mut *self.connection;
        session.begun();
        let result = driver::commit(&mut session.pg).await;
        session.ended(&result);
        match result {
            Err(source) if session.is_broken() => Err(Error::OutcomeUnknown {
                target: self.connection.target(),
                source: Box::new(source),
            }),
            other => other.map_err(|source| failed("commit", source)),
        }
    }

    /// The server answers the `COMMIT` of a failed transaction with `ROLLBACK`, and the driver does not look: where a
    /// statement failed, the server is asked first.
    async fn check(&mut self) -> Result<(), Error> {
        if !self.connection.has_failed() {
            return Ok(());
        }
        let asked = (&mut *self.connection).execute("select 1").await;
        asked.map(drop).map_err(|source| failed("commit", source))
    }

    /// Takes its changes back.
    ///
    /// # Errors
    /// [`Error::Transaction`]; its changes are gone all the same.
    pub async fn rollback(mut self) -> Result<(), Error> {
        let session = &mut *self.connection;
        session.begun();
        let result = driver::rollback(&mut session.pg).await;
        session.ended(&result);
        result.map_err(|source| failed("rollback", source))
    }
}

fn failed(doing: &'static str, source: sqlx::Error) -> Error {
    Error::Transaction {
        doing,
        source: Box::new(source),
    }
}

impl Deref for Transaction {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.connection
    }
}
