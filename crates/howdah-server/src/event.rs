use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::{Backend, PortOwner};

/// What happens during [`start`](crate::start), as it happens. `Display` is a sentence without a full stop.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A way that did not lead to a server; the next one is tried.
    Tried {
        /// What was tried.
        what: &'a str,
        /// Why it does not do.
        why: &'a str,
    },
    /// The decision.
    Backend {
        /// Container or local.
        backend: Backend,
        /// The image, or the directory of the binaries.
        source: &'a str,
    },
    /// An image is fetched; once for every line the engine prints.
    PullingImage {
        /// The image.
        image: &'a str,
        /// What the engine says.
        line: &'a str,
    },
    /// The distribution's server is installed; once for every line the package manager prints.
    Installing {
        /// What is done.
        line: &'a str,
    },
    /// The data lives elsewhere, because the account the server runs as cannot enter the project.
    DataElsewhere {
        /// Where.
        directory: &'a Path,
        /// The account.
        account: &'a str,
    },
    /// The port is taken, and another one was chosen.
    PortTaken {
        /// The taken port.
        port: u16,
        /// Who listens on it.
        owner: &'a PortOwner,
        /// The new port.
        chosen: u16,
    },
    /// An empty server is created.
    InitDb,
    /// A data directory that is complete already is copied, instead of creating one.
    Copying {
        /// From where.
        directory: &'a Path,
    },
    /// A replica is made from its running primary.
    CopyingPrimary {
        /// The primary's directory.
        directory: &'a Path,
    },
    /// The server is started.
    Starting {
        /// The port.
        port: u16,
    },
    /// The server was running already, and is left as it is.
    AlreadyRunning {
        /// The port.
        port: u16,
    },
    /// The server is started again, although it should have been running.
    Restarted {
        /// Why.
        why: &'a str,
    },
    /// The pooler is started.
    PoolerStarting {
        /// The port.
        port: u16,
    },
    /// The pooler was running already, and is left as it is.
    PoolerRunning {
        /// The port.
        port: u16,
    },
    /// The pooler is started again.
    PoolerRestarted {
        /// Why.
        why: &'a str,
    },
    /// The server answered a query.
    Ready {
        /// Since [`start`](crate::start) was called.
        elapsed: Duration,
    },
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tried { what, why } => write!(f, "tried {what}: {why}"),
            Self::Backend { backend, source } => write!(f, "using a {backend} server ({source})"),
            Self::PullingImage { image, line } => write!(f, "pulling {image}: {line}"),
            Self::Installing { line } => write!(f, "installing: {line}"),
            Self::DataElsewhere { directory, account } => write!(
                f,
                "the data is kept in {}, because the user {account} cannot enter this directory",
                directory.display()
            ),
            Self::PortTaken {
                port,
                owner,
                chosen,
            } => {
                write!(f, "port {port} is taken by {owner}; using {chosen}")
            }
            Self::InitDb => f.write_str("creating an empty server"),
            Self::Copying { directory } => {
                write!(f, "copying the data of {}", directory.display())
            }
            Self::CopyingPrimary { directory } => {
                write!(f, "copying the primary of {}", directory.display())
            }
            Self::Starting { port } => write!(f, "starting the server on port {port}"),
            Self::AlreadyRunning { port } => {
                write!(f, "the server is already running on port {port}")
            }
            Self::Restarted { why } => write!(f, "starting the server again: {why}"),
            Self::PoolerStarting { port } => write!(f, "starting the pooler on port {port}"),
            Self::PoolerRunning { port } => {
                write!(f, "the pooler is already running on port {port}")
            }
            Self::PoolerRestarted { why } => write!(f, "starting the pooler again: {why}"),
            Self::Ready { elapsed } => {
                write!(f, "the server answers after {} ms", elapsed.as_millis())
            }
        }
    }
}
