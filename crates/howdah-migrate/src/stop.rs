use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use sqlx::Connection as _;
use tokio::pin;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::simple_query::rows;
use crate::{Connector, Error};

/// How long a statement may take to end that was asked to, before its connection is closed.
const PATIENCE: Duration = Duration::from_secs(10);
/// A request that comes between two statements is not heard, so it is said again.
const AGAIN: Duration = Duration::from_secs(1);

/// Ends a run early, and in order: by Ctrl-C, or when a service is told to shut down.
///
/// The statement that runs is cancelled as `pg_cancel_backend` does it, over a second connection; what its transaction
/// did is undone, the log says so, and the locks are freed. What ran before it stays, and the next run goes on there.
/// A server that does not answer within 10 seconds is left alone. Clones are one.
///
/// A future that is dropped instead closes its connection, and the server notices that when the statement has ended, or
/// within a second since PostgreSQL 14.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<Option<String>>);

impl Stop {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Asks; `why` stands in the error, as in "stopped by SIGTERM".
    pub fn stop(&self, why: impl Into<String>) {
        self.0.send_replace(Some(why.into()));
    }

    /// Before something new begins.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.0.borrow().clone() {
            None => Ok(()),
            Some(why) => Err(Error::Stopped { why, source: None }),
        }
    }

    /// Waits together with this, which may be left at any point.
    pub(crate) async fn or<T>(&self, wait: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            done = wait => Ok(done),
            why = self.asked() => Err(Error::Stopped { why, source: None }),
        }
    }

    /// Does the work, which looks for itself before it begins something new; what takes long is cancelled.
    pub(crate) async fn end<T>(
        &self,
        connector: &Connector,
        backend: &Backend,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        pin!(work);
        let why = tokio::select! {
            done = &mut work => return done,
            why = self.asked() => why,
        };
        tracing::info!(why, "stopping the migrations");
        let done = tokio::select! {
            done = timeout(PATIENCE, work) => done,
            () = backend.cancel(connector) => return Err(Error::Stopped { why, source: None }),
        };
        match done {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(Error::Stopped { .. })) | Err(_) => Err(Error::Stopped { why, source: None }),
            Ok(Err(error)) => {
                let source = Some(Box::new(error));
                Err(Error::Stopped { why, source })
            }
        }
    }

    async fn asked(&self) -> String {
        let mut asked = self.0.subscribe();
        // The sender is this one.
        let why = asked.wait_for(Option::is_some).await;
        why.ok().and_then(|why| why.clone()).unwrap_or_default()
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// The process of the server that works for a run; 0 while nobody knows.
#[derive(Debug, Default)]
pub(crate) struct Backend(AtomicI32);

impl Backend {
    pub(crate) fn is(&self, pid: i32) {
        self.0.store(pid, Ordering::Relaxed);
    }

    /// Again and again; returns where there is no second connection.
    async fn cancel(&self, connector: &Connector) {
        let mut other = match connector.another().await {
            Some(Ok(other)) => other,
            Some(Err(error)) => {
                tracing::warn!(%error, "no connection to cancel the statement with");
                return;
            }
            None => return,
        };
        loop {
            let pid = self.0.load(Ordering::Relaxed);
            let sql = format!("select pg_catalog.pg_cancel_backend({pid})");
            if let Err(error) = rows(&mut other, sql).await {
                tracing::warn!(%error, "the statement could not be cancelled");
                let closed = other.close().await;
                tracing::trace!(?closed, "closed the connection that cancels");
                return;
            }
            sleep(AGAIN).await;
        }
    }
}
