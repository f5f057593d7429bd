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

words!(MigrationsMode {
    Auto = "auto",
    Check = "check",
    Off = "off",
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
            path: PathBuf::from("migrations"),
        }
    }
}
