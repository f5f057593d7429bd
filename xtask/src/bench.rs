//! `cargo xtask bench`: measurements, as tables and JSON; never a test.

mod config;
mod db_up;

use clap::Subcommand;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchTask {
    /// `db-up` on the local backend: from nothing, and again
    #[command(name = "db-up")]
    DbUp(db_up::DbUpArgs),
    /// Loading settings, and refusing a file that is too large
    Config(config::ConfigArgs),
}

/// Measures it.
pub(crate) fn run(task: BenchTask) -> anyhow::Result<()> {
    match task {
        BenchTask::DbUp(args) => db_up::bench(&args),
        BenchTask::Config(args) => config::bench(&args),
    }
}
