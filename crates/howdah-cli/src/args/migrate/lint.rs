use std::path::PathBuf;

use clap::Args;
use howdah_migrate::RuleName;

use crate::args::not_a_url;

/// Which files, which rules.
#[derive(Debug, Clone, Args)]
pub(crate) struct LintArgs {
    /// Report these files only; one outside of the directory of the migrations is looked at alone
    #[arg(value_name = "FILE", value_parser = not_a_url::path())]
    pub(crate) files: Vec<PathBuf>,
    /// Rules that are not wanted, with commas between them
    #[arg(long, short = 'e', value_name = "RULE", value_delimiter = ',')]
    pub(crate) exclude: Vec<RuleName>,
    /// Rules that are off unless they are named
    #[arg(long, short = 'i', value_name = "RULE", value_delimiter = ',')]
    pub(crate) include: Vec<RuleName>,
    /// Report what is newer than this version only
    #[arg(long, value_name = "VERSION")]
    pub(crate) after: Option<i64>,
    /// The oldest version of the server
    #[arg(long, value_name = "VERSION", default_value = "13", value_parser = major)]
    pub(crate) pg_version: u16,
    /// The queries that `cargo sqlx prepare` wrote, which no migration may break; default: `.sqlx`, if it is there
    #[arg(long, value_name = "DIR", value_parser = not_a_url::path())]
    pub(crate) sqlx: Option<PathBuf>,
    /// Exit with 1 for a warning, too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// Of `15`, `15.3` and, as squawk's users write it, `15.0`.
fn major(text: &str) -> Result<u16, &'static str> {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    let major = major.parse().ok().filter(|major| (9..100).contains(major));
    major
        .filter(|_| minor.parse::<u16>().is_ok())
        .ok_or("it must be a version of PostgreSQL, such as 15")
}
