use clap::Args;

use super::{DumpArgs, ShadowArgs};

/// What the first file is called, and why.
#[derive(Debug, Clone, Args)]
pub(crate) struct BaselineArgs {
    /// What the file says that it is
    #[arg(default_value = "baseline")]
    pub(crate) description: String,
    /// Why, for the log
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
    /// The version 1 in place of the time
    #[arg(long)]
    pub(crate) sequential: bool,
    /// Only print the file
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not compare what the file makes with the schema, which needs a scratch database
    #[arg(long, conflicts_with = "shadow_url")]
    pub(crate) unproved: bool,
    #[command(flatten)]
    pub(crate) dump: DumpArgs,
    #[command(flatten)]
    pub(crate) shadow: ShadowArgs,
}
