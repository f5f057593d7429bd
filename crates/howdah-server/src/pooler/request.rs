use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use howdah_ident::{DatabaseName, RoleName};
use howdah_secrets::Secret;

use crate::PortWish;

/// When a client gives its connection to the server back.
/// <https://www.pgbouncer.org/config.html#pool_mode>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PoolMode {
    /// When it goes: everything works, and nothing is shared.
    Session,
    /// At the end of each transaction.
    #[default]
    Transaction,
    /// After each statement; there are no transactions of several.
    Statement,
}

impl fmt::Display for PoolMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session => "session",
            Self::Transaction => "transaction",
            Self::Statement => "statement",
        })
    }
}

/// What pooler is wanted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PoolerRequest {
    /// The server's host. Default: `127.0.0.1`.
    pub host: String,
    /// The server's port.
    pub server_port: u16,
    /// Who may use it, with their passwords; nobody else can. The first of them asks the query that shows that it
    /// works.
    pub users: BTreeMap<RoleName, Secret>,
    /// The database that this query goes to. Default: `postgres`.
    pub database: Option<DatabaseName>,
    /// When a client gives its connection back. Default: transaction.
    pub mode: PoolMode,
    /// Connections to the server for each user and database. Default: 20.
    pub size: u16,
    /// Clients at once. Default: 1000.
    pub clients: u16,
    /// The port. Default: any.
    pub port: PortWish,
    /// Whether a missing PgBouncer may be installed (Debian and Ubuntu, as root). Default: yes.
    pub install: bool,
    /// How long all of it may take, a download aside. Default: half a minute.
    pub deadline: Duration,
    /// The process environment: `PATH`.
    pub environment: BTreeMap<String, String>,
}

impl PoolerRequest {
    /// A pooler in front of a server of this computer.
    pub fn new(
        server_port: u16,
        users: BTreeMap<RoleName, Secret>,
        environment: BTreeMap<String, String>,
    ) -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            server_port,
            users,
            database: None,
            mode: PoolMode::default(),
            size: 20,
            clients: 1000,
            port: PortWish::Any,
            install: true,
            deadline: Duration::from_secs(30),
            environment,
        }
    }
}
