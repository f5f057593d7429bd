use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use howdah_pool::{Login, connect};
use sqlx::Executor;
use sqlx::postgres::PgConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::Error;

const STEP: &str = "connecting to the test server";
/// Databases that are made or dropped at the same time: more only fight for the same files.
const CONNECTIONS: usize = 4;
/// For a question that needs no work.
const PATIENCE: Duration = Duration::from_secs(5);

/// The administrator's connections, four at most. They are asked before they are used and not after: a test may have
/// cut them off.
#[derive(Debug)]
pub(crate) struct Stash {
    login: Login,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<PgConnection>>>,
}

/// One of them; it goes back when this is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    connection: Option<PgConnection>,
    idle: Arc<Mutex<Vec<PgConnection>>>,
    _turn: OwnedSemaphorePermit,
}

impl Stash {
    pub(crate) fn new(login: Login, first: PgConnection) -> Self {
        Self {
            login,
            turns: Arc::new(Semaphore::new(CONNECTIONS)),
            idle: Arc::new(Mutex::new(vec![first])),
        }
    }

    pub(crate) async fn acquire(&self) -> Result<Lease, Error> {
        let turns = Arc::clone(&self.turns);
        let turn = turns.acquire_owned().await.map_err(Error::step(STEP))?;
        let connection = match self.answering().await {
            Some(connection) => connection,
            None => connect(&self.login).await.map_err(Error::step(STEP))?,
        };
        Ok(Lease {
            connection: Some(connection),
            idle: Arc::clone(&self.idle),
            _turn: turn,
        })
    }

    async fn answering(&self) -> Option<PgConnection> {
        while let Some(mut connection) = pop(&self.idle) {
            if matches!(
                timeout(PATIENCE, connection.execute("select 1")).await,
                Ok(Ok(_))
            ) {
                return Some(connection);
            }
        }
        None
    }
}

fn pop(idle: &Mutex<Vec<PgConnection>>) -> Option<PgConnection> {
    idle.lock().ok()?.pop()
}

impl Deref for Lease {
    type Target = PgConnection;

    #[expect(clippy::expect_used, reason = "it is there until the lease is dropped")]
    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect("a leased connection")
    }
}

impl DerefMut for Lease {
    #[expect(clippy::expect_used, reason = "it is there until the lease is dropped")]
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("a leased connection")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(connection), Ok(mut idle)) = (self.connection.take(), self.idle.lock()) {
            idle.push(connection);
        }
    }
}
