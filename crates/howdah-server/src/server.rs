use std::fmt;

use howdah_config::Tls;
use howdah_ident::{DatabaseName, RoleName};
use howdah_pool::Login;
use howdah_secrets::Secret;

use crate::container::Container;
use crate::context::Call;
use crate::local::{self, Local};
use crate::{Error, Version};

/// What a server is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// A container.
    Container,
    /// Server binaries of this computer.
    Local,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Container => "container",
            Self::Local => "local",
        })
    }
}

/// A running server. Dropping it does not stop it: see [`stop`](crate::stop).
#[derive(Debug)]
pub struct Server {
    place: Running,
    version: Version,
    port: u16,
    started: bool,
    created: bool,
    tls: bool,
}

/// Where its log is found.
#[derive(Debug)]
pub(crate) enum Running {
    Local(Local),
    Container(Container),
}

/// What the start found out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) version: Version,
    pub(crate) port: u16,
    pub(crate) started: bool,
    pub(crate) created: bool,
    pub(crate) tls: bool,
}

impl Server {
    pub(crate) fn new(place: Running, facts: Facts) -> Self {
        let Facts {
            version,
            port,
            started,
            created,
            tls,
        } = facts;
        Self {
            place,
            version,
            port,
            started,
            created,
            tls,
        }
    }

    /// Container or local.
    pub fn backend(&self) -> Backend {
        match self.place {
            Running::Local(_) => Backend::Local,
            Running::Container(_) => Backend::Container,
        }
    }

    /// The server's version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Always `127.0.0.1`.
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it was this call that started it.
    pub fn started(&self) -> bool {
        self.started
    }

    /// Whether its data is new with this call.
    pub fn created(&self) -> bool {
        self.created
    }

    /// Whether it offers TLS.
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// The server's process, if it is one of this computer's.
    pub fn pid(&self) -> Option<u32> {
        match &self.place {
            Running::Local(local) => local.pid(),
            Running::Container(_) => None,
        }
    }

    /// The container, if it is one.
    pub fn container(&self) -> Option<&str> {
        match &self.place {
            Running::Local(_) => None,
            Running::Container(container) => Some(container.name()),
        }
    }

    pub(crate) async fn stop(&self, call: &Call<'_>) -> Result<(), Error> {
        let limit = call.deadline.remaining();
        match &self.place {
            Running::Local(_) => local::stop(call.directory, false, limit).await.map(drop),
            Running::Container(container) => container.stop(limit).await.map(drop),
        }
    }

    /// The last lines of its log; none if it cannot be read.
    pub async fn log_tail(&self, lines: usize) -> Vec<String> {
        match &self.place {
            Running::Local(local) => local.log_tail(lines),
            Running::Container(container) => container.log_tail(lines).await,
        }
    }

    /// How `user` reaches `database` on it. The superuser is the role `postgres`.
    ///
    /// On a server that offers TLS the connection is encrypted, if howdah-pool is compiled with its feature `tls`. To
    /// have the certificate checked as well, set `tls.mode` and `tls.root_cert` of the login.
    pub fn login(&self, database: DatabaseName, user: RoleName, password: Secret) -> Login {
        let mut login = Login::local(self.port, database, user, password);
        if self.tls {
            login.tls = Tls::default();
        }
        login
    }
}
