//! `cargo xtask bench`: measurements, as tables and JSON; never a test.

mod config;
mod db_up;
mod migrate;
mod roles;
mod testkit;

use clap::Subcommand;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchTask {
    /// `db-up` on the local backend: from nothing, and again
    #[command(name = "db-up")]
    DbUp(db_up::DbUpArgs),
    /// Loading settings, and refusing a file that is too large
    Config(config::ConfigArgs),
    /// Migrations, beside stock sqlx's
    Migrate(migrate::MigrateArgs),
    /// Roles in a thousand schemas
    Roles(roles::RolesArgs),
    /// Databases for tests, beside those of `#[sqlx::test]`
    Testkit(testkit::TestkitArgs),
}

/// Measures it.
pub(crate) fn run(task: BenchTask) -> anyhow::Result<()> {
    match task {
        BenchTask::DbUp(args) => db_up::bench(&args),
        BenchTask::Config(args) => config::bench(&args),
        BenchTask::Migrate(args) => migrate::bench(&args),
        BenchTask::Roles(args) => roles::bench(&args),
        BenchTask::Testkit(args) => testkit::bench(&args),
    }
}
