use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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

/// The files with which a server offers TLS (PEM). They are copied to where the server may read them, and nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerTls {
    /// Its certificate, with those between it and the authority behind it.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authority that signs clients' certificates. Default: none, and no client is asked for one.
    pub client_ca: Option<PathBuf>,
}

impl ServerTls {
    /// A server that shows a certificate and asks for none.
    pub fn new(cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self {
            cert: cert.into(),
            key: key.into(),
            client_ca: None,
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
    /// A `postgresql.conf` whose settings are in force on top of those of the data directory; [`settings`](Self::settings)
    /// win over both. What it says about places, ports and the log is overruled; an `include` in it must be absolute.
    /// Default: none.
    pub config_file: Option<PathBuf>,
    /// A `pg_hba.conf` in place of ours. It must let the role `postgres` in from 127.0.0.1 by password; a line that the
    /// server does not use is an error. Default: none.
    pub hba_file: Option<PathBuf>,
    /// Certificates, with which the server offers TLS. Default: none, and no TLS.
    pub tls: Option<ServerTls>,
    /// Data that nobody will miss: not written through to the disk, wiped without a checkpoint first.
    pub throwaway: bool,
    /// Where initialised data directories are kept, so that `initdb` runs once and not for every server. Local servers
    /// only. Default: `$XDG_CACHE_HOME/howdah/clusters`, else `$HOME/.cache/howdah/clusters`, else none. One that is
    /// not the caller's own, or that others may write to, is not used.
    pub cache: Option<PathBuf>,
    /// A complete data directory of a stopped server, which a new local server begins with a copy of. The role
    /// `postgres` in it has the password that is given to [`start`](crate::start); none is set. Default: none.
    pub seed: Option<PathBuf>,
    /// The directory of a running server that this one is to be a replica of: of the same kind and version, and with the
    /// same passwords. Named when the replica is made; remembered afterwards. Default: none.
    pub primary: Option<PathBuf>,
    /// The process environment: `PATH`, `HOME`, `DOCKER_HOST`, `XDG_RUNTIME_DIR` and so on.
    pub environment: BTreeMap<String, String>,
}

impl Request {
    /// A server for development, with all defaults.
    pub fn new(environment: BTreeMap<String, String>) -> Self {
        Self {
            cache: default_cache(&environment),
            seed: None,
            primary: None,
            choice: Choice::Auto,
            version: None,
            image: None,
            port: PortWish::Any,
            install: true,
            deadline: Duration::from_mins(2),
            settings: BTreeMap::new(),
            config_file: None,
            hba_file: None,
            tls: None,
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

/// The place for what may be lost: <https://specifications.freedesktop.org/basedir-spec/latest/>. Relative paths are
/// invalid there, and would differ from one working directory to the next.
fn default_cache(environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let absolute = |variable: &str| {
        environment
            .get(variable)
            .map(Path::new)
            .filter(|path| path.is_absolute())
    };
    let base = match absolute("XDG_CACHE_HOME") {
        Some(cache) => cache.to_owned(),
        None => absolute("HOME")?.join(".cache"),
    };
    Some(base.join("howdah/clusters"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_where_the_environment_says() {
        let cache = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            let environment = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Request::new(environment.collect()).cache
        };
        let both = [("XDG_CACHE_HOME", "/c"), ("HOME", "/h")];
        assert_eq!(cache(&both), Some("/c/howdah/clusters".into()));
        let relative = [("XDG_CACHE_HOME", "c"), ("HOME", "/h")];
        assert_eq!(cache(&relative), Some("/h/.cache/howdah/clusters".into()));
        assert_eq!(cache(&[]), None);
    }
}
