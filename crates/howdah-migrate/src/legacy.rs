use std::fmt;

use howdah_ident::{Ident, SchemaName};

use crate::Version;

/// The ledger of another tool, which is read and never written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Legacy {
    /// Whose it is.
    pub tool: LegacyTool,
    /// The table; `None`: the one that the tool makes if nothing else is said.
    pub table: Option<Ident>,
    /// Where the table is; `None`: in the schema of the options, or else in `public`.
    pub schema: Option<SchemaName>,
    /// The newest file that is applied, for a tool whose ledger does not say so: Alembic's has the name of a revision
    /// alone.
    pub at: Option<Version>,
}

impl Legacy {
    /// Of this tool, where it puts its table by itself.
    pub fn new(tool: LegacyTool) -> Self {
        Self {
            tool,
            table: None,
            schema: None,
            at: None,
        }
    }
}

/// Who has kept a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LegacyTool {
    /// sqlx, under another name or in another schema.
    Sqlx,
    /// refinery; its checksums are compared.
    Refinery,
    /// Alembic, which keeps the current revision alone: see [`Legacy::at`].
    Alembic,
    /// golang-migrate, which keeps the current version alone.
    GolangMigrate,
    /// dbmate.
    Dbmate,
    /// goose, whose ledger has a row for each time something was applied or taken back.
    Goose,
    /// A table `_migrations_applied` of names.
    MigrationsApplied,
    /// A table `schema_migrations` of file names.
    SchemaMigrations,
}

/// How an entry leads to files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// It is one migration, by its version.
    Version,
    /// It is one migration, by its name.
    Name,
    /// It is the newest of those that are applied, by its version.
    NewestVersion,
    /// The same, by a name that is no file's.
    NewestName,
}

impl LegacyTool {
    pub(crate) const ALL: [Self; 8] = [
        Self::Sqlx,
        Self::Refinery,
        Self::Alembic,
        Self::GolangMigrate,
        Self::Dbmate,
        Self::Goose,
        Self::MigrationsApplied,
        Self::SchemaMigrations,
    ];

    /// The table that it makes if nothing else is said.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Sqlx => "_sqlx_migrations",
            Self::Refinery => "refinery_schema_history",
            Self::Alembic => "alembic_version",
            Self::GolangMigrate | Self::Dbmate | Self::SchemaMigrations => "schema_migrations",
            Self::Goose => "goose_db_version",
            Self::MigrationsApplied => "_migrations_applied",
        }
    }

    /// The columns of that table, as the tools make them: sqlx 0.9, refinery 0.9, Alembic 1.13, golang-migrate 4.17,
    /// dbmate 2, goose 3.
    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Sqlx => &[
                "version",
                "description",
                "installed_on",
                "success",
                "checksum",
                "execution_time",
            ],
            Self::Refinery => &["version", "name", "applied_on", "checksum"],
            Self::Alembic => &["version_num"],
            Self::GolangMigrate => &["version", "dirty"],
            Self::Dbmate => &["version"],
            Self::Goose => &["id", "version_id", "is_applied", "tstamp"],
            Self::MigrationsApplied => &["id", "applied_at"],
            Self::SchemaMigrations => &["version", "executed_at"],
        }
    }

    /// What there is in it, the oldest first: `entry`, and as far as it has them `name`, `checksum`, `dirty` and `at`.
    pub(crate) fn query(self) -> &'static str {
        match self {
            Self::Sqlx => include_str!("../sql/legacy/sqlx.sql"),
            Self::Refinery => include_str!("../sql/legacy/refinery.sql"),
            Self::Alembic => include_str!("../sql/legacy/alembic.sql"),
            Self::GolangMigrate => include_str!("../sql/legacy/golang_migrate.sql"),
            Self::Dbmate => include_str!("../sql/legacy/dbmate.sql"),
            Self::Goose => include_str!("../sql/legacy/goose.sql"),
            Self::MigrationsApplied => include_str!("../sql/legacy/migrations_applied.sql"),
            Self::SchemaMigrations => include_str!("../sql/legacy/schema_migrations.sql"),
        }
    }

    pub(crate) fn key(self) -> Key {
        match self {
            Self::Sqlx | Self::Refinery | Self::Dbmate | Self::Goose => Key::Version,
            Self::MigrationsApplied | Self::SchemaMigrations => Key::Name,
            Self::GolangMigrate => Key::NewestVersion,
            Self::Alembic => Key::NewestName,
        }
    }

    /// What its files have in front of the way back, which stands in the same file as the way forward.
    pub(crate) fn way_back(self) -> Option<&'static str> {
        match self {
            Self::Dbmate => Some("-- migrate:down"),
            Self::Goose => Some("-- +goose down"),
            _ => None,
        }
    }
}

impl fmt::Display for LegacyTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlx => "sqlx",
            Self::Refinery => "refinery",
            Self::Alembic => "alembic",
            Self::GolangMigrate => "golang-migrate",
            Self::Dbmate => "dbmate",
            Self::Goose => "goose",
            Self::MigrationsApplied => "migrations-applied",
            Self::SchemaMigrations => "schema-migrations",
        })
    }
}
