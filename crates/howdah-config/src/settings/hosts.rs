use std::net::IpAddr;

use super::words::words;

/// One server that may be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Host {
    /// Host name, address, or the directory of a Unix socket.
    pub host: String,
    /// The address to connect to, when `host` shall not be looked up.
    pub hostaddr: Option<IpAddr>,
    /// Port.
    pub port: u16,
}

impl Host {
    /// A host that is looked up by its name.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            hostaddr: None,
            port,
        }
    }
}

/// libpq's `target_session_attrs`: which of several servers will do.
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TargetSessionAttrs {
    /// The first that answers.
    #[default]
    Any,
    /// One whose sessions can write by default.
    ReadWrite,
    /// One whose sessions cannot write by default.
    ReadOnly,
    /// One that is not in recovery.
    Primary,
    /// One that is in recovery.
    Standby,
    /// One that is in recovery if there is one, else any.
    PreferStandby,
}

/// libpq's `load_balance_hosts`: the order in which several hosts are tried.
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-LOAD-BALANCE-HOSTS>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoadBalanceHosts {
    /// As they are written.
    #[default]
    Disable,
    /// In random order, drawn again for each connection.
    Random,
}

words!(TargetSessionAttrs {
    Any = "any",
    ReadWrite = "read-write",
    ReadOnly = "read-only",
    Primary = "primary",
    Standby = "standby",
    PreferStandby = "prefer-standby",
});

words!(LoadBalanceHosts {
    Disable = "disable",
    Random = "random",
});
