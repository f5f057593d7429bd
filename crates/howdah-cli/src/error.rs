use std::error::Error as StdError;
use std::io::ErrorKind;
use std::path::PathBuf;

use howdah_migrate::Error as MigrateError;

use crate::command::roles::InManifest;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings cannot be used.
    #[error("the settings cannot be used")]
    Settings(#[source] howdah_config::Error),
    /// The `sqlx.toml` of the project cannot be used.
    #[error("sqlx.toml cannot be used")]
    SqlxToml(#[source] howdah_migrate::Error),
    /// The command cannot be used like this.
    #[error("{0}")]
    Usage(String),
    /// One step of the command failed.
    #[error("{step} failed")]
    Step {
        /// Which one.
        step: &'static str,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A file cannot be read or written.
    #[error("cannot use the file {path}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The roles are not as they should be.
    #[error(
        "the roles are not as they should be; take back what was granted by hand or by a migration, and run again:\n  {}",
        .findings.join("\n  ")
    )]
    Verification {
        /// What is wrong, a line each.
        findings: Vec<String>,
    },
    /// There is no server to work with.
    #[error("no server runs for this project; `cargo xtask db-up` starts it")]
    NotRunning,
    /// A generated secret is gone.
    #[error("there is no secret file {path}; `cargo xtask db-up` makes it and sets the password", path = path.display())]
    MissingSecret {
        /// The file.
        path: PathBuf,
    },
    /// The person said no.
    #[error("nothing was done: {0}")]
    NotConfirmed(String),
}

/// How a command ended, when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0.
    Ok,
    /// 1: the answer is no.
    No,
    /// 3: something is pending, or differs.
    Pending,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::No => 1,
            Self::Pending => 3,
        }
    }
}

impl Error {
    /// The exit code: 2 for usage and settings, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::SqlxToml(_) | Self::Usage(_) => 2,
            // Whoever wrote it has to look at it again.
            Self::Step { source, .. } if source.is::<InManifest>() => 2,
            Self::Step { source, .. } if source.downcast_ref().is_some_and(is_of_usage) => 2,
            _ => 1,
        }
    }

    /// For `map_err`: this step failed.
    pub(crate) fn step<E>(step: &'static str) -> impl FnOnce(E) -> Self
    where
        E: StdError + Send + Sync + 'static,
    {
        move |source| Self::Step {
            step,
            source: Box::new(source),
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File {
            path: path.into(),
            source,
        }
    }
}

/// What was asked for is not there: a version, names of schemas, a directory.
fn is_of_usage(error: &MigrateError) -> bool {
    match error {
        MigrateError::NoSuchVersion { .. } | MigrateError::Schemas { .. } => true,
        MigrateError::Read { source, .. } => is_missing(source),
        _ => false,
    }
}

/// Whether nothing has the name of the file.
pub(crate) fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
