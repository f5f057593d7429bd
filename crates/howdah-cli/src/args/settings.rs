use std::fmt;
use std::path::PathBuf;

use clap::Args;

use super::not_a_url;

/// What a command adds to the layers of the settings.
#[derive(Clone, Default, Args)]
pub(crate) struct SettingsArgs {
    /// The .env file, also in production; default: the one beside the settings file, outside of production
    #[arg(long, value_name = "FILE", value_parser = not_a_url::path())]
    pub(crate) env_file: Option<PathBuf>,
    /// What the variables start with, for a service with a prefix of its own; default: HOWDAH
    #[arg(long, value_name = "NAME", value_parser = not_a_url::name())]
    pub(crate) prefix: Option<String>,
    /// A value that wins over all others; may be given more than once
    // Taken apart later: clap would print a text that it refuses, and it may be a password.
    #[arg(long, value_name = "PATH=VALUE", allow_hyphen_values = true)]
    pub(crate) set: Vec<String>,
    /// Connections in all, as another name of database.pool.size
    #[arg(
        long,
        value_name = "N",
        hide_short_help = true,
        allow_hyphen_values = true
    )]
    pub(crate) max_db_connections: Option<String>,
    /// Processes with such a pool, as another name of database.pool.instances
    #[arg(
        long,
        value_name = "N",
        hide_short_help = true,
        allow_hyphen_values = true
    )]
    pub(crate) process_workers: Option<String>,
}

impl fmt::Debug for SettingsArgs {
    /// The values of `--set` may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingsArgs")
            .field("env_file", &self.env_file)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
