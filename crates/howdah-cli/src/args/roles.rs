use std::fmt;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use howdah_ident::{DatabaseName, RoleName};
use howdah_roles::Mode;

use super::not_a_url;

#[derive(Clone, Args)]
pub(crate) struct RolesArgs {
    #[command(subcommand)]
    pub(crate) command: RolesCommand,
    /// The server and who administers it; default: `HOWDAH_ADMIN_URL`. The password: there, or in
    /// `HOWDAH_ADMIN_PASSWORD`, or in the file that `HOWDAH_ADMIN_PASSWORD_FILE` names
    #[arg(long, global = true, value_name = "URL", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) url: Option<String>,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum RolesCommand {
    /// What `apply` would change; exit code 3 when something is pending or not declared, 1 when `apply` would refuse
    Plan {
        #[command(flatten)]
        wanted: WantedArgs,
        /// Print the statements, for psql
        #[arg(long)]
        sql: bool,
    },
    /// Lay out roles, databases, schemas and privileges
    Apply {
        #[command(flatten)]
        wanted: WantedArgs,
        /// Yes, also where production loses something
        #[arg(long)]
        yes: bool,
    },
    /// Try what the settings' logins can do, as each of them; with an administrator, look for what differs, too. Exit code
    /// 1 when a check fails, 3 when something only differs
    Verify {
        #[command(flatten)]
        wanted: WantedArgs,
    },
    /// Write a manifest of what is there to standard output
    Adopt(AdoptRolesArgs),
    /// Drop a role, and what it holds in each database
    Remove(RemoveArgs),
    /// Give a running service a new password: the login whose turn it is not gets it, the secret is written, and when no
    /// session uses the old login any more, that one is switched off. Exit code 3 when some still do
    Rotate(RotateArgs),
}

/// What is to be there, and what becomes of the rest.
#[derive(Debug, Clone, Args)]
pub(crate) struct WantedArgs {
    /// The manifest, as YAML or JSON; default: the layout of `database.roles`
    #[arg(long, value_name = "FILE", value_parser = not_a_url::path())]
    pub(crate) manifest: Option<PathBuf>,
    /// What happens to what is not declared
    #[arg(long, value_enum, default_value_t)]
    pub(crate) mode: ModeArg,
    /// A directory with a file for each login of the manifest, named after it, that holds its password
    #[arg(long, value_name = "DIR", requires = "manifest", value_parser = not_a_url::path())]
    pub(crate) passwords: Option<PathBuf>,
}

/// As `howdah_roles::Mode`.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum ModeArg {
    /// It stays, and is listed; only PUBLIC loses what it has on what is declared
    #[default]
    Additive,
    /// Declared roles lose it, but on single tables, sequences and functions
    Guard,
    /// Everybody loses it
    Enforce,
}

/// Which database is written down.
#[derive(Debug, Clone, Args)]
pub(crate) struct AdoptRolesArgs {
    /// The database; default: that of the administrator's URL
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Option<DatabaseName>,
}

/// Which role goes, and what it leaves.
#[derive(Debug, Clone, Args)]
pub(crate) struct RemoveArgs {
    /// The role
    pub(crate) role: RoleName,
    /// Who gets what it owns; default: it must own nothing
    #[arg(long, value_name = "ROLE")]
    pub(crate) reassign_to: Option<RoleName>,
    /// End the sessions of the role; default: there must be none
    #[arg(long)]
    pub(crate) end_sessions: bool,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Yes, also in production
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Whose password, and where it is written.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the switches of a command line"
)]
#[derive(Debug, Clone, Args)]
pub(crate) struct RotateArgs {
    /// The group of the logins `ROLE_a` and `ROLE_b`; with --single a login itself
    pub(crate) role: RoleName,
    /// The directory in which the service reads its login: the files `username` and `password`, replaced at the same
    /// moment
    #[arg(long, value_name = "DIR", value_parser = not_a_url::path())]
    pub(crate) secret: PathBuf,
    /// One login and no overlap: until the service has read the new password, new connections with the old one are refused
    #[arg(long)]
    pub(crate) single: bool,
    /// Only switch off the login whose turn is over, when no session uses it any more
    #[arg(long, conflicts_with = "single")]
    pub(crate) finish: bool,
    /// How many seconds the sessions of the old login have to go
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) wait: u64,
    /// End those that are left then
    #[arg(long)]
    pub(crate) end_sessions: bool,
    /// Yes, also in production
    #[arg(long)]
    pub(crate) yes: bool,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::Additive => Self::Additive,
            ModeArg::Guard => Self::Guard,
            ModeArg::Enforce => Self::Enforce,
        }
    }
}

impl fmt::Debug for RolesArgs {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RolesArgs")
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}
