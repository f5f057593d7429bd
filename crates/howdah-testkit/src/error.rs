use std::error::Error as StdError;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a test has no database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no server to test on.
    #[error(
        "no PostgreSQL to test on: install server binaries (Debian: apt-get install postgresql), \
         or start a container engine and set HOWDAH_TEST_IMAGE, \
         or set HOWDAH_TEST_SERVER=postgres://superuser:password@host:port/postgres"
    )]
    NoServer {
        /// What was tried last.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A server that the kit has started does not let it in any more: it was killed, has crashed, or has no slot left.
    #[error("the test server does not answer any more; {log}")]
    NoAnswer {
        /// The end of its log, or where that is.
        log: String,
        /// What was tried last.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A directory for the kit's files cannot be used.
    #[error(
        "cannot use the directory {} for the test server; name another one in HOWDAH_TEST_DIR",
        .path.display()
    )]
    Directory {
        /// It.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A variable of the kit cannot be used.
    #[error("{variable} {why}")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The server that was named, or comes from the image that was named, is of another version than is asked for.
    #[error("the server is PostgreSQL {found}, and {wanted} is asked for")]
    Version {
        /// The major version that the test or `HOWDAH_TEST_PG` asks for.
        wanted: u16,
        /// The server's.
        found: u16,
    },
    /// What a test asks for cannot be had together, or is not there.
    #[error("{what}")]
    Setup {
        /// What, and what to do.
        what: String,
    },
    /// The template that the databases are clones of could not be built. Every test that needs it fails with this.
    #[error("the template database could not be built")]
    Template {
        /// Why.
        #[source]
        source: Arc<Self>,
    },
    /// The server is there, and something about the database failed.
    #[error("{step} failed")]
    Step {
        /// What was being done.
        step: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    pub(crate) fn step<E>(step: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        move |source| Self::Step {
            step,
            source: source.into(),
        }
    }
}
