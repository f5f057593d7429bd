use std::path::PathBuf;

use clap::Args;

use crate::args::not_a_url;

/// Which `pg_dump` reads the schema.
#[derive(Debug, Clone, Args)]
pub(crate) struct DumpArgs {
    /// The `pg_dump` to run; default: the newest of this machine
    #[arg(long, value_name = "PROGRAM", value_parser = not_a_url::path())]
    pub(crate) pg_dump: Option<PathBuf>,
    /// The container of the server, to run its own `pg_dump`, by docker or podman
    #[arg(long, value_name = "NAME", conflicts_with = "pg_dump", value_parser = not_a_url::name())]
    pub(crate) container: Option<String>,
}
