use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::not_a_url;

#[derive(Debug, Clone, Args)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    pub(crate) command: MigrateCommand,
    /// The directory of the migrations; default: `database.migrations.path`
    #[arg(long, global = true, value_name = "DIR", value_parser = not_a_url::path())]
    pub(crate) path: Option<PathBuf>,
    /// The schema; default: `database.schema`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) schema: Option<String>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum MigrateCommand {
    /// What is applied and what is pending; exit code 3 when something is
    Status,
    /// What `up` would apply; exit code 3 when something is
    Plan,
    /// Apply what is pending, as the migrator that becomes the owner
    Up,
}
