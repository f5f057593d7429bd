use clap::Args;

use super::{DumpArgs, ShadowArgs};

/// What becomes one file.
#[derive(Debug, Clone, Args)]
pub(crate) struct SquashArgs {
    /// What the file says that it is
    #[arg(default_value = "squash")]
    pub(crate) description: String,
    /// Everything up to this version; default: everything
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<i64>,
    /// Leave out what is no definition in the schema: rows, and what migrations made elsewhere
    #[arg(long, conflicts_with = "with_data")]
    pub(crate) schema_only: bool,
    /// Keep the rows that the migrations leave behind, as they are now
    #[arg(long)]
    pub(crate) with_data: bool,
    /// Only print the file
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) dump: DumpArgs,
    #[command(flatten)]
    pub(crate) shadow: ShadowArgs,
}
