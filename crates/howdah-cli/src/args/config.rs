use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{SettingsArgs, not_a_url};

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Report every problem at once; exit code 2 when there is one
    Check(SettingsArgs),
    /// Every setting with its effective value and its origin, secrets hidden
    Show(SettingsArgs),
    /// Every key and every parameter of a URL, as Markdown
    Reference,
    /// A JSON Schema of the settings file, for editors
    Schema,
    /// Write a settings file to start from, with every key and its default
    Init(InitArgs),
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

#[derive(Debug, Clone, Args)]
pub(crate) struct InitArgs {
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "howdah.yaml", value_parser = not_a_url::path())]
    pub(crate) path: PathBuf,
    /// Print it instead
    #[arg(long, conflicts_with_all = ["path", "force"])]
    pub(crate) stdout: bool,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}
