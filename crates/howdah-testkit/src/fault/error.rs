use std::error::Error as StdError;
use std::time::Duration;

/// Why a fault is not there, or what was waited for and did not come.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something did not come within its time.
    #[error("waited {} ms for {what}, and there was {there}", .limit.as_millis())]
    Deadline {
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
        /// What was there instead, when the time was over.
        there: String,
    },
    /// The server's processes are not processes of this machine, or not to be reached from here.
    #[error("cannot send a signal to a process of the server: {why}")]
    NoSuchProcess {
        /// What does not fit.
        why: String,
    },
    /// A step on the way to the fault failed.
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
