use std::path::PathBuf;

use super::words::words;

/// The section `database.migrations`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrations {
    /// What a starting service does about pending migrations.
    /// Default: `auto` in development and testing, `check` in production.
    pub mode: MigrationsMode,
    /// What a failed migration means for a starting service. Default `abort`.
    pub on_failure: OnFailure,
    /// What the files were written for. Default `postgres`.
    pub dialect: SqlDialect,
    /// The directory of the files. Default `migrations`, beside the settings file.
    pub path: PathBuf,
}

/// What a starting service does about pending migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationsMode {
    /// Applies them, under a lock.
    Auto,
    /// Refuses to start.
    Check,
    /// Nothing.
    Off,
}

/// What a failed migration means for a starting service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// It does not start.
    #[default]
    Abort,
    /// It starts all the same; refused in production.
    Continue,
}

/// What migration files were written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SqlDialect {
    /// A plain PostgreSQL server.
    #[default]
    Postgres,
    /// Supabase: what only its servers have is removed before a file runs.
    Supabase,
}

words!(MigrationsMode {
    Auto = "auto",
    Check = "check",
    Off = "off",
});

words!(SqlDialect {
    Postgres = "postgres",
    Supabase = "supabase",
});

words!(OnFailure {
    Abort = "abort",
    Continue = "continue",
});

impl Default for Migrations {
    fn default() -> Self {
        Self {
            mode: MigrationsMode::Auto,
            on_failure: OnFailure::default(),
            dialect: SqlDialect::default(),
            path: PathBuf::from("migrations"),
        }
    }
}
