use std::fmt;
use std::path::PathBuf;

use howdah_pool::Login;
use howdah_roles::Layout;
use howdah_server::Server;
use serde::Serialize;

use super::args::PoolMode;
use super::fill::Filled;
use crate::Exit;

/// What `db-up` did.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct UpReport {
    /// `container` or `local`.
    pub backend: String,
    /// The server's version, such as `17.6`.
    pub version: String,
    /// Always an address of this machine.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Database.
    pub database: String,
    /// Schema.
    pub schema: String,
    /// Migrations.
    pub migrations: Migrations,
    /// Roles, privileges, database and schema.
    pub roles: RoleChanges,
    /// Seed files.
    pub seeds: Seeds,
    /// Whether the server offers TLS.
    pub tls: bool,
    /// The standby, if there is one.
    pub replica: Option<ReplicaReport>,
    /// `PgBouncer`, if there is one.
    pub pgbouncer: Option<PgBouncerReport>,
    /// From the start of the command.
    pub elapsed_ms: u64,
    /// The file with the connection URLs.
    pub env_file: PathBuf,
    /// Variables of the env file with their URLs, passwords hidden; only in the text, the JSON has the file's path.
    #[serde(skip)]
    pub urls: Vec<(&'static str, String)>,
}

/// Migrations of a run.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Migrations {
    /// Applied by this run.
    pub applied: usize,
    /// Still to be applied.
    pub pending: usize,
    /// In the ledger after this run.
    pub total: usize,
}

/// Statements that changed roles, privileges, the database or the schema.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct RoleChanges {
    /// How many ran.
    pub changes: usize,
}

/// The standby.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct ReplicaReport {
    /// Port.
    pub port: u16,
}

/// `PgBouncer`.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct PgBouncerReport {
    /// Port.
    pub port: u16,
    /// For how long a client keeps a connection.
    pub mode: PoolMode,
}

/// Seed files of a run.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Seeds {
    /// Run by this run.
    pub applied: usize,
    /// Not run by it: because they ran before, or were not to.
    pub skipped: usize,
}

impl Seeds {
    pub(crate) fn skipped(skipped: usize) -> Self {
        Self {
            applied: 0,
            skipped,
        }
    }
}

impl ReplicaReport {
    pub(crate) fn new(login: &Login) -> Self {
        Self {
            port: login.host.port,
        }
    }
}

impl PgBouncerReport {
    pub(crate) fn new(login: &Login, mode: PoolMode) -> Self {
        Self {
            port: login.host.port,
            mode,
        }
    }
}

impl UpReport {
    /// Of what every run does.
    pub(crate) fn new(server: &Server, layout: &Layout, filled: Filled) -> Self {
        Self {
            backend: server.backend().to_string(),
            version: server.version().to_string(),
            host: server.host().to_owned(),
            port: server.port(),
            database: layout.database().as_str().to_owned(),
            schema: layout.schema().as_str().to_owned(),
            migrations: Migrations {
                applied: filled.migrated.applied,
                pending: filled.migrated.pending,
                total: filled.migrated.total,
            },
            roles: RoleChanges {
                changes: filled.changes,
            },
            seeds: filled.seeds,
            tls: false,
            replica: None,
            pgbouncer: None,
            elapsed_ms: 0,
            env_file: PathBuf::new(),
            urls: Vec::new(),
        }
    }

    /// Pending migrations are the settings' wish (`migrations.mode`), and still not what the files say.
    pub(crate) fn exit(&self) -> Exit {
        if self.migrations.pending > 0 {
            Exit::Pending
        } else {
            Exit::Ok
        }
    }

    pub(crate) fn changed_nothing(&self) -> bool {
        self.migrations.applied == 0 && self.roles.changes == 0 && self.seeds.applied == 0
    }
}

impl fmt::Display for UpReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            database, schema, ..
        } = self;
        if self.changed_nothing() {
            writeln!(f, "Nothing to change: {database} is up, schema {schema}.")?;
        } else {
            writeln!(
                f,
                "{database} is up, schema {schema}: {} migration(s) and {} seed file(s) applied, {} change(s) of roles and privileges.",
                self.migrations.applied, self.seeds.applied, self.roles.changes
            )?;
        }
        if self.migrations.pending > 0 {
            writeln!(f, "{} migration(s) are pending.", self.migrations.pending)?;
        }
        writeln!(
            f,
            "PostgreSQL {} ({}) on {}:{}, after {} ms.",
            self.version, self.backend, self.host, self.port, self.elapsed_ms
        )?;
        for (variable, url) in &self.urls {
            writeln!(f, "  {variable:<23} {url}")?;
        }
        writeln!(
            f,
            "The URLs with their passwords are in {}.",
            self.env_file.display()
        )?;
        writeln!(f, "Next: cargo xtask db-psql")
    }
}
