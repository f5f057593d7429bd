mod adopt;
mod baseline;
mod dump;
mod lint;
mod shadow;
mod squash;

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::{Args, Subcommand};

pub(crate) use adopt::AdoptArgs;
pub(crate) use baseline::BaselineArgs;
pub(crate) use dump::DumpArgs;
pub(crate) use lint::LintArgs;
pub(crate) use shadow::ShadowArgs;
pub(crate) use squash::SquashArgs;

use super::not_a_url;

#[derive(Clone, Args)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    pub(crate) command: MigrateCommand,
    /// The directory of the migrations; default: `database.migrations.path`
    #[arg(long, global = true, value_name = "DIR", value_parser = not_a_url::path())]
    pub(crate) path: Option<PathBuf>,
    /// The schema; default: `database.schema`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) schema: Option<String>,
    /// Many schemas, a tenant in each: all that have a ledger
    #[arg(long, global = true, group = "tenants")]
    pub(crate) all_schemas: bool,
    /// Many schemas: these, with commas between them; one that is missing is created
    #[arg(
        long,
        global = true,
        group = "tenants",
        value_name = "NAME,...",
        value_delimiter = ','
    )]
    pub(crate) schemas: Vec<String>,
    /// Many schemas: those in the first column of this query
    #[arg(long, global = true, group = "tenants", value_name = "SQL")]
    pub(crate) schemas_from: Option<String>,
    /// With `--schemas-from`: a query that gives no row is no error
    #[arg(long, global = true)]
    pub(crate) allow_no_schemas: bool,
    /// With many schemas: how many connections at most
    #[arg(long, global = true, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) connections: u16,
    /// The database and who logs in, in place of the settings; without `--role`, that login owns what is made
    #[arg(long, global = true, value_name = "URL", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) url: Option<String>,
    /// The role that the login becomes; default: `database.roles.owner`
    #[arg(long, global = true, value_name = "NAME", value_parser = not_a_url::name())]
    pub(crate) role: Option<String>,
    /// What becomes of a migration that is older than the newest one applied
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) out_of_order: OutOfOrderArg,
}

/// As `howdah_migrate::OutOfOrder`.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub(crate) enum OutOfOrderArg {
    /// Nothing runs
    #[default]
    Refuse,
    /// It runs, with a warning
    Warn,
    /// It runs
    Allow,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Write a new migration file
    New(NewArgs),
    /// What is applied and what is pending; exit code 3 when something is
    Status,
    /// What `up` would apply; exit code 3 when something is
    Plan(UpArgs),
    /// Who did what, and when
    History {
        /// Also the statements, the program's version, the host and the person
        #[arg(long, short)]
        verbose: bool,
    },
    /// The newest version that is applied
    Current,
    /// Compare files and ledger; exit code 1 when they disagree, 3 when something is pending
    Verify,
    /// Apply what is pending, as the migrator that becomes the owner
    Up {
        #[command(flatten)]
        up: UpArgs,
        /// Yes, also in production, where what is pending drops or empties what holds data
        #[arg(long)]
        yes: bool,
    },
    /// Take migrations back, the newest first: one, if nothing else is said
    Down(DownArgs),
    /// Take the newest migration back, and apply it again
    Redo {
        /// Yes, also in production
        #[arg(long)]
        yes: bool,
    },
    /// Say of what is pending that it is applied, and run nothing
    Stamp {
        #[command(flatten)]
        up: UpArgs,
        /// Why, for the log
        #[arg(long, value_name = "TEXT", value_parser = reason())]
        reason: String,
    },
    /// Write the first file from a schema that is there, and stamp it
    Baseline(BaselineArgs),
    /// Write one file in place of many: it runs on new databases, and only its row is written where they have run
    Squash(SquashArgs),
    /// Stamp what another tool has applied, and run nothing
    Adopt(AdoptArgs),
    /// Write the checksums of edited files into the ledger, or give up what began and did not end; run nothing
    Repair {
        /// Give up this one, whose work was undone by hand: it is as if it never began
        #[arg(long, value_name = "VERSION")]
        abandon: Option<i64>,
        /// Why, for the log
        #[arg(long, value_name = "TEXT", value_parser = reason())]
        reason: String,
        /// Only say which
        #[arg(long)]
        dry_run: bool,
    },
    /// Look for what goes wrong in production, without a database; exit code 1 when there is an error
    Lint(LintArgs),
    /// Compare the schema with what its migrations make in a scratch database; exit code 3 when it differs
    Drift {
        #[command(flatten)]
        shadow: ShadowArgs,
        /// Compare grants and default privileges, too
        #[arg(long)]
        privileges: bool,
    },
    /// Try each way back in a scratch database: up, down and up again; exit code 1 when something is not as before
    CheckDown {
        #[command(flatten)]
        shadow: ShadowArgs,
        /// Only what is newer than this version
        #[arg(long, value_name = "VERSION")]
        after: Option<i64>,
    },
    /// Print what `up` would do, as SQL for psql, without a database
    Sql {
        #[command(flatten)]
        up: UpArgs,
        /// For a database whose newest migration this is; default: an empty one
        #[arg(long, value_name = "VERSION")]
        from: Option<i64>,
    },
}

/// Blanks are none.
fn reason() -> impl TypedValueParser<Value = String> {
    NonEmptyStringValueParser::new().try_map(|reason| {
        if reason.trim().is_empty() {
            return Err("a reason is needed: the log keeps it");
        }
        Ok(reason)
    })
}

/// How far.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct UpArgs {
    /// Up to this version
    #[arg(long, value_name = "VERSION", conflicts_with = "count")]
    pub(crate) to: Option<i64>,
    /// So many
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) count: Option<usize>,
}

/// How far back.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct DownArgs {
    /// Everything that is newer than this version; 0: everything
    #[arg(long, value_name = "VERSION", conflicts_with = "count")]
    pub(crate) to: Option<i64>,
    /// So many
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) count: Option<usize>,
    /// Only say what would be taken back
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Yes, also in production
    #[arg(long)]
    pub(crate) yes: bool,
}

/// What the new file is.
#[derive(Debug, Clone, Args)]
pub(crate) struct NewArgs {
    /// What it does, such as "add users email"
    pub(crate) description: String,
    /// The next number in place of the time
    #[arg(long)]
    pub(crate) sequential: bool,
    /// With a way back
    #[arg(long)]
    pub(crate) reversible: bool,
    /// Outside a transaction
    #[arg(long, conflicts_with = "template")]
    pub(crate) no_transaction: bool,
    /// A pattern that locks nobody out
    #[arg(long, value_enum)]
    pub(crate) template: Option<TemplateArg>,
}

/// The safe patterns.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum TemplateArg {
    /// A column that may be null
    AddColumn,
    /// An index, built while others write
    AddIndex,
    /// NOT NULL in steps
    NotNull,
    /// A foreign key in two steps
    ForeignKey,
}

impl std::fmt::Debug for MigrateArgs {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MigrateArgs")
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}
