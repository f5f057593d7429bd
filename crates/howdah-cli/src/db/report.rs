use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

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

impl UpReport {
    /// Pending migrations are the settings' wish (`migrations.mode`), and still not what the files say.
    pub(crate) fn exit(&self) -> Exit {
        if self.migrations.pending > 0 {
            Exit::Pending
        } else {
            Exit::Ok
        }
    }

    pub(crate) fn changed_nothing(&self) -> bool {
        self.migrations.applied == 0 && self.roles.changes == 0
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
                "{database} is up, schema {schema}: {} migration(s) applied, {} change(s) of roles and privileges.",
                self.migrations.applied, self.roles.changes
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
