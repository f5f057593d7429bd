use std::error::Error as StdError;

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
    /// A variable of the kit cannot be used.
    #[error("{variable} {why}")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        why: &'static str,
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
