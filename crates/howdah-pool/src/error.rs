use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::{Login, Usage, hint};

/// Why there is no connection, or no end of a transaction. No variant holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server cannot be reached, or refuses the login.
    #[error("cannot connect to {target}: {hint}")]
    Connect {
        /// `role@host:port/database`.
        target: String,
        /// What it most likely means, and what to do.
        hint: &'static str,
        /// What the driver says.
        #[source]
        source: Box<sqlx::Error>,
    },
    /// The server did not answer in time.
    #[error(
        "no connection to {target} within {limit:?}: the address does not answer; check host, port and firewall"
    )]
    ConnectTimeout {
        /// `role@host:port/database`.
        target: String,
        /// `session.connect_timeout`.
        limit: Duration,
    },
    /// The settings ask for TLS, and this program was built without it.
    #[error(
        "the settings ask for TLS to {target}, and this program was built without howdah-pool's feature `tls`"
    )]
    TlsNotCompiled {
        /// `role@host:port/database`.
        target: String,
    },
    /// The settings ask for what the driver cannot do.
    #[error("the connection to {target} cannot be made: not supported yet: {what}")]
    Unsupported {
        /// What, and what to do instead.
        what: &'static str,
        /// `role@host:port/database`.
        target: String,
    },
    /// The schema of the settings is not there, or this role may not use it.
    #[error(
        "the schema {schema:?} is not there for {target}: create it, or grant usage on it; `howdah roles apply` does both"
    )]
    Schema {
        /// The schema of the settings.
        schema: String,
        /// `role@host:port/database`.
        target: String,
    },
    /// The password, or the name of the role, cannot be read again.
    #[error("the credentials for {target} cannot be read")]
    Credentials {
        /// `role@host:port/database`.
        target: String,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// No connection can be made, and nobody is made to wait for it: the pool itself tries again.
    #[error(
        "no connection to {target} can be made, for {failing_for:?} now; the next attempt is in {retry_in:?}"
    )]
    Unavailable {
        /// `role@host:port/database`.
        target: String,
        /// Since the first attempt that failed.
        failing_for: Duration,
        /// Until the next attempt.
        retry_in: Duration,
        /// What the last attempt met.
        #[source]
        source: Arc<Self>,
    },
    /// There was no connection within `pool.acquire_timeout`.
    #[error("no connection to {target} was free within {limit:?}: {usage}; {advice}")]
    AcquireTimeout {
        /// `role@host:port/database`.
        target: String,
        /// `pool.acquire_timeout`.
        limit: Duration,
        /// What the connections were doing.
        usage: Box<Usage>,
        /// What to do.
        advice: &'static str,
        /// Why the pool could not make one more, if it tried.
        #[source]
        source: Option<Arc<Self>>,
    },
    /// The pool is closed.
    #[error("the pool of {target} is closed")]
    Closed {
        /// `role@host:port/database`.
        target: String,
    },
    /// Callers still held connections at the end of the time for closing.
    #[error("the pool was closed, and {limit:?} later it still had: {usage}")]
    CloseTimeout {
        /// The time given.
        limit: Duration,
        /// Who had them.
        usage: Box<Usage>,
    },
    /// A transaction could not be begun or ended.
    #[error("{doing} failed")]
    Transaction {
        /// `begin`, `commit`, `rollback`.
        doing: &'static str,
        /// What the driver says.
        #[source]
        source: Box<sqlx::Error>,
    },
    /// The connection was lost between `COMMIT` and its answer: the transaction is either done or undone, and only a
    /// look at the data tells. Doing it again may do it twice.
    #[error(
        "the connection to {target} was lost while committing: whether the transaction is done is not known; look before doing it again"
    )]
    OutcomeUnknown {
        /// `role@host:port/database`.
        target: String,
        /// What the driver says.
        #[source]
        source: Box<sqlx::Error>,
    },
}

impl Error {
    /// A login that failed.
    pub fn connect(login: &Login, source: sqlx::Error) -> Self {
        Self::Connect {
            target: login.target(),
            hint: hint::of(&source),
            source: Box::new(source),
        }
    }

    /// The pool's error inside one of the driver, as a query on [`Pool`](crate::Pool) returns it.
    pub fn of(error: &sqlx::Error) -> Option<&Self> {
        match error {
            sqlx::Error::Io(io) => io.get_ref()?.downcast_ref(),
            _ => None,
        }
    }

    /// The SQLSTATE of the server's answer, if it answered.
    pub fn sqlstate(&self) -> Option<String> {
        match self {
            Self::Unavailable { source, .. } => source.sqlstate(),
            Self::AcquireTimeout { source, .. } => source.as_ref()?.sqlstate(),
            _ => self
                .driver()?
                .as_database_error()?
                .code()
                .map(std::borrow::Cow::into_owned),
        }
    }

    /// Whether the same call can succeed later without a change of settings: the server is starting, full or away.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::ConnectTimeout { .. } | Self::AcquireTimeout { .. } => true,
            Self::Unavailable { source, .. } => source.is_retryable(),
            Self::Connect { source, .. } | Self::Transaction { source, .. } => match &**source {
                sqlx::Error::Io(_) => true,
                sqlx::Error::Database(_) => self.sqlstate().as_deref().is_some_and(passes),
                _ => false,
            },
            _ => false,
        }
    }

    /// What the driver said, where it is the cause itself.
    fn driver(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Connect { source, .. }
            | Self::Transaction { source, .. }
            | Self::OutcomeUnknown { source, .. } => Some(source),
            _ => None,
        }
    }

    fn kind(&self) -> io::ErrorKind {
        match self {
            Self::ConnectTimeout { .. } | Self::AcquireTimeout { .. } => io::ErrorKind::TimedOut,
            Self::Unavailable { source, .. } => source.kind(),
            Self::Connect { source, .. } => match &**source {
                sqlx::Error::Io(io) => io.kind(),
                _ => io::ErrorKind::ConnectionRefused,
            },
            Self::Closed { .. } => io::ErrorKind::NotConnected,
            _ => io::ErrorKind::Other,
        }
    }
}

/// Starting, shutting down, full: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn passes(code: &str) -> bool {
    matches!(
        code,
        "57P01" | "57P02" | "57P03" | "53300" | "40001" | "40P01"
    )
}

impl From<Error> for sqlx::Error {
    /// What the driver said is given back as it is; everything else is an I/O error with the pool's error inside
    /// ([`Error::of`]).
    fn from(error: Error) -> Self {
        match error {
            Error::Transaction { source, .. } => *source,
            other => Self::Io(io::Error::new(other.kind(), other)),
        }
    }
}
