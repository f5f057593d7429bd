use std::collections::BTreeMap;
use std::time::Duration;

/// What kind of server to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Choice {
    /// The recorded one; else whatever this computer offers, containers first.
    #[default]
    Auto,
    /// A container, through `docker` or `podman`.
    Container,
    /// Server binaries of this computer.
    Local,
}

/// Which port to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PortWish {
    /// The remembered one, else any free one.
    #[default]
    Any,
    /// This one; another one with an event when it is taken.
    Preferred(u16),
    /// This one, or an error that names its owner.
    Exactly(u16),
}

impl PortWish {
    pub(crate) fn port(self) -> Option<u16> {
        match self {
            Self::Any => None,
            Self::Preferred(port) | Self::Exactly(port) => Some(port),
        }
    }
}

/// What server is wanted. Where its data lives is said by the [`DirectoryLock`](crate::DirectoryLock).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Request {
    /// Container or local binaries. Default: automatic.
    pub choice: Choice,
    /// The major version. Default: the newest local one, or 17 in a container.
    pub version: Option<u16>,
    /// The image. Default `postgres:17-alpine`, or that of the version.
    pub image: Option<String>,
    /// The port. Default: any.
    pub port: PortWish,
    /// Whether missing server binaries may be installed (Debian and Ubuntu, as root). Default: yes.
    pub install: bool,
    /// How long all of it may take, a download included. Default: two minutes.
    pub deadline: Duration,
    /// Server settings, given on its command line: they win over `postgresql.conf` and `alter system`.
    pub settings: BTreeMap<String, String>,
    /// Data that nobody will miss: not written through to the disk, stopped without a checkpoint.
    pub throwaway: bool,
    /// The process environment: `PATH`, `HOME`, `DOCKER_HOST`, `XDG_RUNTIME_DIR` and so on.
    pub environment: BTreeMap<String, String>,
}

impl Request {
    /// A server for development, with all defaults.
    pub fn new(environment: BTreeMap<String, String>) -> Self {
        Self {
            choice: Choice::Auto,
            version: None,
            image: None,
            port: PortWish::Any,
            install: true,
            deadline: Duration::from_mins(2),
            settings: BTreeMap::new(),
            throwaway: false,
            environment,
        }
    }

    /// A server for tests, from local binaries: as fast as possible, and lost when the machine stops.
    pub fn throwaway(environment: BTreeMap<String, String>) -> Self {
        let speed = [
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
            ("max_connections", "200"),
            ("max_locks_per_transaction", "256"),
        ];
        Self {
            choice: Choice::Local,
            throwaway: true,
            install: false,
            deadline: Duration::from_mins(1),
            settings: speed
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            ..Self::new(environment)
        }
    }
}
