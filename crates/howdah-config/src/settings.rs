//! The typed settings, one section a file.

mod direct;
mod environment;
mod hosts;
mod migrations;
mod pool;
mod roles;
mod secrets;
mod session;
mod tls;
mod words;

use howdah_ident::{DatabaseName, SchemaName};

pub use direct::Direct;
pub use environment::Environment;
pub use hosts::{Host, LoadBalanceHosts, TargetSessionAttrs};
pub use migrations::{Migrations, MigrationsMode, OnFailure};
pub use pool::{Limits, Pool};
pub use roles::Roles;
pub use secrets::Secrets;
pub use session::Session;
pub use tls::{Tls, TlsMode};

/// Everything below `database:`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Database {
    /// Where this runs; some rules are stricter in production.
    pub environment: Environment,
    /// The servers, in the order in which they are tried; never empty. Default `localhost`, port 5432.
    pub hosts: Vec<Host>,
    /// The way to the server itself, for migrations and administration, where `hosts` is a pooler. Default: `hosts`.
    pub direct: Option<Direct>,
    /// Which of several servers will do. Default `any`.
    pub target_session_attrs: TargetSessionAttrs,
    /// Whether several servers are tried in random order. Default `disable`.
    pub load_balance_hosts: LoadBalanceHosts,
    /// The database. Default `appdb`.
    pub name: DatabaseName,
    /// The schema of this instance or tenant. Default `public`.
    pub schema: SchemaName,
    /// Encryption of the connection.
    pub tls: Tls,
    /// What every session is started with.
    pub session: Session,
    /// The connection pool.
    pub pool: Pool,
    /// Who may do what.
    pub roles: Roles,
    /// Where the passwords of the login roles are read from.
    pub secrets: Secrets,
    /// How migrations are run.
    pub migrations: Migrations,
}

impl Default for Database {
    #[expect(clippy::expect_used, reason = "two constants, checked by a test")]
    fn default() -> Self {
        Self {
            environment: Environment::default(),
            hosts: vec![Host::new("localhost", 5432)],
            direct: None,
            target_session_attrs: TargetSessionAttrs::default(),
            load_balance_hosts: LoadBalanceHosts::default(),
            name: DatabaseName::new("appdb").expect("a valid database name"),
            schema: SchemaName::new("public").expect("a valid schema name"),
            tls: Tls::default(),
            session: Session::default(),
            pool: Pool::default(),
            roles: Roles::default(),
            secrets: Secrets::default(),
            migrations: Migrations::default(),
        }
    }
}
