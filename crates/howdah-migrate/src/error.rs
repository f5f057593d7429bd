use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use howdah_ident::SchemaName;

use crate::{Blocker, DriverError, Failure, Problem, Step, Version};

/// Why migrations were not read, planned or applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The directory or a file in it cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The directory or file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The files are not a sound set of migrations; all problems are listed.
    #[error("{} in the migration files{}", count(.problems), list(.problems))]
    Files {
        /// What is wrong, by file.
        problems: Vec<Problem>,
    },
    /// The files and the ledger disagree, or a pending file cannot run; nothing was executed.
    #[error("{} before the first migration, nothing was executed{}", count(.problems), list(.problems))]
    Refused {
        /// What is wrong.
        problems: Vec<Problem>,
    },
    /// Neither a file nor the ledger has this migration.
    #[error("there is no migration {version}: neither a file nor the ledger has it")]
    NoSuchVersion {
        /// Its version.
        version: Version,
    },
    /// The query for the schemas gives something else than their names; all problems are listed.
    #[error("{} in what the query gives{}", count(.problems), list(.problems))]
    Schemas {
        /// What is wrong.
        problems: Vec<Problem>,
    },
    /// There is no connection.
    #[error("no connection for the migrations")]
    Connect {
        /// What the connector says; the driver's error is a [`DriverError`].
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Migrations are pending where none may be.
    #[error(
        "{} pending in the schema {schema}, and this program may not apply {}: apply them first (`howdah migrate up`){}",
        count_of(.steps.len(), "migration is", "migrations are"), if .steps.len() == 1 { "it" } else { "them" }, list(.steps)
    )]
    Pending {
        /// Where.
        schema: SchemaName,
        /// Which.
        steps: Vec<Step>,
    },
    /// Other schemas got no connection, so this one was left as it is.
    #[error("not tried: there was no connection for the schemas before it")]
    NotTried,
    /// Files run outside a transaction, and a pooler in transaction mode stands in between; nothing was executed.
    #[error(
        "a pooler in transaction mode stands between here and the server, and what runs outside a transaction \
         needs a session of the server: connect directly (`database.direct_url`){}", list(.files)
    )]
    NeedsSession {
        /// The files.
        files: Vec<String>,
    },
    /// Another session held the migration lock until the deadline.
    #[error("no migration lock within {waited:?}: {}", held_by(.holder.as_ref()))]
    LockTimeout {
        /// The time it waited.
        waited: Duration,
        /// Who held it at the end; `None` if nobody did at that moment.
        holder: Option<Blocker>,
    },
    /// The session no longer holds the migration lock that it took.
    #[error(
        "the migration lock was lost: a transaction pooler stands between, or a migration released it; \
         connect to the server directly"
    )]
    LockLost,
    /// A migration waited for table locks until the deadline.
    #[error("a migration got no table lock within {waited:?}{}", list(.blockers))]
    Blocked {
        /// The time it waited, over all its tries.
        waited: Duration,
        /// The sessions that hold locks on the tables it names.
        blockers: Vec<Blocker>,
        /// Where in the file.
        #[source]
        failure: Box<Failure>,
    },
    /// A migration failed; those before it are applied.
    #[error("the migration {} failed", .failure.file)]
    Migration {
        /// What the server said, where, and what to do.
        #[source]
        failure: Box<Failure>,
    },
    /// [`Stop`](crate::Stop) was asked to end the run; what ended before stays applied.
    #[error("stopped by {why}{}", left(.source.as_deref()))]
    Stopped {
        /// What it was told.
        why: String,
        /// What was cancelled, if something ran.
        #[source]
        source: Option<Box<Self>>,
    },
    /// A statement around the migrations failed.
    #[error("cannot {doing}")]
    Database {
        /// What it was for.
        doing: String,
        /// What the driver says.
        #[source]
        source: DriverError,
    },
}

impl Error {
    /// For `map_err`: names what the statement was for.
    pub(crate) fn doing(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database {
            doing: doing.into(),
            source: DriverError::new(source),
        }
    }

    /// The SQLSTATE of the server's answer, if it answered.
    pub fn sqlstate(&self) -> Option<String> {
        match self {
            Self::Blocked { failure, .. } | Self::Migration { failure } => failure.sqlstate.clone(),
            Self::Database { source, .. } => code_of(source.as_sqlx()),
            Self::Connect { source } => driver_error(&**source).and_then(code_of),
            _ => None,
        }
    }

    /// Whether nothing more can be asked on the connection.
    pub(crate) fn is_of_connection(&self) -> bool {
        matches!(self, Self::Database { source, .. } if !matches!(source.as_sqlx(), sqlx::Error::Database(_)))
    }

    /// Whether the same call can succeed later, with the same files and settings.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::LockTimeout { .. }
            | Self::Blocked { .. }
            | Self::NotTried
            | Self::Stopped { .. }
            | Self::Pending { .. } => true,
            // Code may fail without the server.
            Self::Migration { failure } if failure.is_of_file() => false,
            Self::Migration { failure } => is_transient(failure.sqlstate.as_deref()),
            Self::Database { source, .. } => is_passing(source.as_sqlx()),
            // Not the driver's: a deadline.
            Self::Connect { source } => driver_error(&**source).is_none_or(is_passing),
            Self::Read { .. }
            | Self::Files { .. }
            | Self::Refused { .. }
            | Self::NoSuchVersion { .. }
            | Self::Schemas { .. }
            | Self::NeedsSession { .. }
            | Self::LockLost => false,
        }
    }
}

fn code_of(error: &sqlx::Error) -> Option<String> {
    let error = error.as_database_error()?;
    error.code().map(std::borrow::Cow::into_owned)
}

fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(_) => is_transient(code_of(error).as_deref()),
        _ => false,
    }
}

/// Among an error and its causes.
fn driver_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a sqlx::Error> {
    let boxed = error
        .downcast_ref::<Box<sqlx::Error>>()
        .map(|boxed| &**boxed);
    let ours = error
        .downcast_ref::<DriverError>()
        .map(DriverError::as_sqlx);
    let found = error.downcast_ref().or(boxed).or(ours);
    found.or_else(|| driver_error(error.source()?))
}

/// Lock conflicts, and a server that went away: then there is no SQLSTATE or one of class 08 or 57P.
fn is_transient(sqlstate: Option<&str>) -> bool {
    sqlstate.is_none_or(|code| {
        code.starts_with("08")
            || matches!(
                code,
                "40001" | "40P01" | "55P03" | "53300" | "57P01" | "57P02" | "57P03"
            )
    })
}

fn count(problems: &[Problem]) -> String {
    count_of(problems.len(), "problem", "problems")
}

fn count_of(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    items.iter().fold(String::new(), |mut list, item| {
        list.push_str("\n  ");
        list.push_str(&item.to_string());
        list
    })
}

/// What was cancelled says for itself what became of it.
fn left(cancelled: Option<&Error>) -> &'static str {
    match cancelled {
        Some(_) => "",
        None => ": what had ended stays, and the next run goes on behind it",
    }
}

fn held_by(holder: Option<&Blocker>) -> String {
    holder.map_or_else(
        || "nobody holds it now".to_owned(),
        |holder| format!("{holder} holds it"),
    )
}
