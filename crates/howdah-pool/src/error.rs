use std::io;
use std::time::Duration;

use crate::Login;

/// Why there is no connection. No variant holds a password.
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
    /// The pool gave no connection.
    #[error("the pool gave no connection to {target}")]
    Acquire {
        /// `role@host:port/database`.
        target: String,
        /// What the driver says.
        #[source]
        source: Box<sqlx::Error>,
    },
    /// Callers still held connections at the end of the time for closing.
    #[error("the pool still had {open} connection(s) in use {limit:?} after it was closed")]
    CloseTimeout {
        /// Connections in use.
        open: u32,
        /// The time given.
        limit: Duration,
    },
}

impl Error {
    pub(crate) fn connect(login: &Login, source: sqlx::Error) -> Self {
        Self::Connect {
            target: login.target(),
            hint: hint(&source),
            source: Box::new(source),
        }
    }

    /// The SQLSTATE of the server's answer, if it answered.
    pub fn sqlstate(&self) -> Option<String> {
        let (Self::Connect { source, .. } | Self::Acquire { source, .. }) = self else {
            return None;
        };
        source
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .map(std::borrow::Cow::into_owned)
    }

    /// Whether the same call can succeed later without a change of settings: the server is starting, full or away.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::ConnectTimeout { .. } => true,
            Self::Connect { source, .. } | Self::Acquire { source, .. } => match &**source {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
                sqlx::Error::Database(_) => {
                    matches!(
                        self.sqlstate().as_deref(),
                        Some("57P03" | "53300" | "57P01")
                    )
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// By SQLSTATE and kind of I/O error, never by the words of a message.
fn hint(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Io(io) if io.kind() == io::ErrorKind::ConnectionRefused => {
            "nothing listens on that port; is the server running?"
        }
        sqlx::Error::Io(_) => "the address cannot be reached; check host and port",
        sqlx::Error::Tls(_) => "TLS failed; check tls.mode and the certificates",
        sqlx::Error::Database(database) => {
            sqlstate_hint(database.code().as_deref().unwrap_or_default())
        }
        _ => "the login did not complete",
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn sqlstate_hint(code: &str) -> &'static str {
    match code {
        "28P01" => "the password is wrong, or the role does not exist or cannot log in",
        "28000" => "the server's pg_hba.conf or the role's attributes refuse this login",
        "3D000" => "the database does not exist",
        "42501" => "the role has no CONNECT privilege on the database",
        "53300" => "the server, the database or the role has no free connection slot",
        "08P01" => {
            "a startup parameter is refused; PgBouncer needs `ignore_startup_parameters = extra_float_digits, options`"
        }
        "57P03" => "the server is starting up or shutting down; try again",
        _ => "the server refuses the login",
    }
}
