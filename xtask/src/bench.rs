//! `cargo xtask bench`: measurements, as tables and JSON; never a test.

mod db_up;

use clap::Subcommand;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchTask {
    /// `db-up` on the local backend: from nothing, and again
    #[command(name = "db-up")]
    DbUp(db_up::DbUpArgs),
}

/// Measures it.
pub(crate) fn run(task: BenchTask) -> anyhow::Result<()> {
    match task {
        BenchTask::DbUp(args) => db_up::bench(&args),
    }
}
