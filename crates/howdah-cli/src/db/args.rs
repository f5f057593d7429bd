mod server;

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

pub use server::{PoolMode, ServerArgs};

/// The commands of the development database.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
pub enum DbCommand {
    /// From nothing to a running, migrated, least-privilege database; again, it changes nothing
    #[command(name = "db-up")]
    Up(UpArgs),
    /// Stop the server; its data stays
    #[command(name = "db-down")]
    Down(DownArgs),
    /// Drop the database with everything in it, and make it again
    #[command(name = "db-reset")]
    Reset(ResetArgs),
    /// What runs, where, and which migrations are pending (exit code 3 when some are, 1 when nothing runs)
    #[command(name = "db-status")]
    Status(StatusArgs),
    /// A psql session as one of the roles
    #[command(name = "db-psql")]
    Psql(PsqlArgs),
    /// What the server logs
    #[command(name = "db-logs")]
    Logs(LogsArgs),
    /// What stands in the way of all this, a line each, with the command that mends it (exit code 1 for a problem)
    #[command(name = "doctor")]
    Doctor(DoctorArgs),
}

impl DbCommand {
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Up(args) => args.json,
            Self::Down(args) => args.json,
            Self::Reset(args) => args.up.json,
            Self::Status(args) => args.json,
            Self::Doctor(args) => args.json,
            Self::Psql(_) | Self::Logs(_) => false,
        }
    }
}

/// Options of `db-up`.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct UpArgs {
    /// Print the result as JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Where the server runs
    #[arg(long, value_enum, default_value_t = Backend::Auto)]
    pub backend: Backend,
    /// Major version of PostgreSQL; default: the one that is recorded, else what the backend has
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(12..=99))]
    pub pg: Option<u16>,
    /// Container image; default: postgres:17-alpine, or a locally built one
    #[arg(long)]
    pub image: Option<String>,
    /// Port on 127.0.0.1; default: `database.port` of the settings if it is free, else a free one, remembered
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Never install a package
    #[arg(long)]
    pub no_install: bool,
    /// How long to wait for the server
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub timeout: Duration,
    /// What the server has
    #[command(flatten)]
    pub server: ServerArgs,
    /// Rows to develop with
    #[command(flatten)]
    pub seeds: SeedArgs,
}

/// What happens to `seeds/*.sql` beside the migrations: by default, those that have not run yet do so.
#[derive(Debug, Clone, Default, Args)]
#[non_exhaustive]
pub struct SeedArgs {
    /// Run the seed files that have changed since they ran again, too
    #[arg(long)]
    pub seed: bool,
    /// Run no seed file
    #[arg(long, conflicts_with = "seed")]
    pub no_seed: bool,
}

/// Where the server of `db-up` runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Backend {
    /// What is there: a container engine with an image, else server binaries of this machine
    Auto,
    /// A container
    Container,
    /// Server binaries of this machine
    Local,
}

/// Options of `db-down`.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct DownArgs {
    /// Delete the data too
    #[arg(long)]
    pub volumes: bool,
    /// Print the result as JSON on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `db-reset`.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct ResetArgs {
    /// The database's name, in place of typing it
    #[arg(long, value_name = "DATABASE")]
    pub confirm: Option<String>,
    /// Those of `db-up`
    #[command(flatten)]
    pub up: UpArgs,
}

/// Options of `db-status`.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct StatusArgs {
    /// Print the result as JSON on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `db-logs`.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct LogsArgs {
    /// Go on with each further line, until the server stops or Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// Those of the standby
    #[arg(long)]
    pub replica: bool,
    /// How many of the last lines
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100)]
    pub lines: usize,
}

/// Options of `doctor`.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct DoctorArgs {
    /// Print the result as JSON on standard output
    #[arg(long)]
    pub json: bool,
}

/// Options of `db-psql`.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct PsqlArgs {
    /// Whose session
    #[arg(long, value_enum, default_value_t = PsqlRole::App)]
    pub role: PsqlRole,
    /// Passed on to psql
    #[arg(last = true)]
    pub args: Vec<String>,
}

/// Whose session `db-psql` opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum PsqlRole {
    /// The service's
    App,
    /// The one for backups and reports
    ReadOnly,
    /// The one that may `set role` to the owner
    Migrator,
    /// The server's own, who may do everything
    Superuser,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: u64 = text
        .trim_end_matches('s')
        .parse()
        .map_err(|_not_a_number| format!("{text:?} is not a number of seconds"))?;
    match number {
        1..=3600 => Ok(Duration::from_secs(number)),
        _ => Err("must be 1 to 3600 seconds".to_owned()),
    }
}
