use std::ffi::OsString;
use std::fmt;

use clap::{Args, Subcommand};

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum UrlCommand {
    /// The parts of a connection URL, as given; exit code 2 when it cannot be used
    Parse(ParseArgs),
}

#[derive(Clone, Args)]
pub(crate) struct ParseArgs {
    /// The URL or `keyword=value`; `-` reads one line of standard input, where no process list shows it
    #[arg(value_name = "URI", allow_hyphen_values = true)]
    pub(crate) uri: Option<OsString>,
    /// What an unquoted space has cut off. clap would print it, and it may be the end of a password.
    #[arg(hide = true)]
    pub(crate) rest: Vec<OsString>,
}

impl fmt::Debug for ParseArgs {
    /// A URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParseArgs").finish_non_exhaustive()
    }
}
