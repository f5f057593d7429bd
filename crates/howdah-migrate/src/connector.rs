use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::sync::OnceCell;

use crate::pooling::Pooling;
use crate::{DriverError, Error};

type Cause = Box<dyn StdError + Send + Sync>;
type Connecting = Pin<Box<dyn Future<Output = Result<PgConnection, Cause>> + Send>>;

/// Where a run gets its connections from.
///
/// It is asked for one, and for a second when there is something to do, to see whether a pooler in transaction mode
/// stands in between. Clones share what was seen.
///
/// A connection alone will do where it leads to the server itself: a pooler is then noticed late, when the lock is lost.
///
/// ```
/// use howdah_migrate::Connector;
/// use sqlx::{Connection as _, PgConnection};
///
/// let connector = Connector::new(|| PgConnection::connect("postgres://appmigrator@localhost/appdb"));
/// ```
#[derive(Clone)]
pub struct Connector {
    connect: Arc<dyn Fn() -> Option<Connecting> + Send + Sync>,
    pooling: Arc<OnceCell<Pooling>>,
}

impl Connector {
    /// From a function that makes connections of one login, each as long as its own deadline allows.
    pub fn new<F, R, E>(connect: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<PgConnection, E>> + Send + 'static,
        E: Into<Cause>,
    {
        Self::of(move || {
            let connecting = connect();
            Some(Box::pin(
                async move { connecting.await.map_err(Into::into) },
            ))
        })
    }

    /// It is known to lead to the server itself, or through a pooler in session mode: nobody has to look.
    #[must_use]
    pub fn direct(self) -> Self {
        Self {
            pooling: Arc::new(OnceCell::new_with(Some(Pooling::Session))),
            ..self
        }
    }

    pub(crate) async fn connect(&self) -> Result<PgConnection, Error> {
        let gone = || Error::Connect {
            source: "the one connection that was given is used up".into(),
        };
        self.another().await.unwrap_or_else(|| Err(gone()))
    }

    /// `None`: there is one alone.
    pub(crate) async fn another(&self) -> Option<Result<PgConnection, Error>> {
        let connected = (self.connect)()?.await;
        Some(connected.map_err(|source| Error::Connect {
            source: DriverError::in_place_of(source),
        }))
    }

    /// What was seen of the way to the server.
    pub(crate) fn pooling(&self) -> &OnceCell<Pooling> {
        &self.pooling
    }

    fn of(connect: impl Fn() -> Option<Connecting> + Send + Sync + 'static) -> Self {
        Self {
            connect: Arc::new(connect),
            pooling: Arc::default(),
        }
    }
}

impl From<PgConnection> for Connector {
    fn from(conn: PgConnection) -> Self {
        let conn = Mutex::new(Some(conn));
        Self::of(move || {
            let conn = conn.lock().unwrap_or_else(PoisonError::into_inner).take()?;
            Some(Box::pin(async move { Ok(conn) }))
        })
    }
}

impl From<PgConnectOptions> for Connector {
    fn from(options: PgConnectOptions) -> Self {
        Self::new(move || {
            let options = options.clone();
            async move { options.connect().await }
        })
    }
}

impl From<&Self> for Connector {
    fn from(connector: &Self) -> Self {
        connector.clone()
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("pooling", &self.pooling.get())
            .finish_non_exhaustive()
    }
}
