use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// The layer between Rust services and PostgreSQL.
#[derive(Debug, Clone, Parser)]
#[command(name = "howdah", version, disable_help_subcommand = true)]
#[non_exhaustive]
pub struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What every command takes.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Common {
    /// The settings file; default: howdah.yaml, howdah.toml, config.yaml or config.toml in this directory
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print the result as JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// The settings: are they right, which hold, and why
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The versions of the schema
    Migrate(MigrateArgs),
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Report every problem at once; exit code 2 when there is one
    Check,
    /// Every setting with its effective value and its origin, secrets hidden
    Show,
    /// Replace the variables in standard input
    Interpolate {
        /// What a variable without a value means
        #[arg(long, value_enum, default_value_t = UnsetArg::Error)]
        unset: UnsetArg,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnsetArg {
    /// An error
    Error,
    /// Nothing, with a warning
    Empty,
}

#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    pub(crate) command: MigrateCommand,
    /// The directory of the migrations; default: `database.migrations.path`
    #[arg(long, global = true, value_name = "DIR")]
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
