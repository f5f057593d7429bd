mod config;
mod migrate;
mod not_a_url;
mod roles;
mod secrets;
mod settings;
mod url;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

pub(crate) use config::{ConfigCommand, InitArgs, UnsetArg};
pub(crate) use migrate::{
    AdoptArgs, BaselineArgs, DownArgs, DumpArgs, LintArgs, MigrateArgs, MigrateCommand, NewArgs,
    OutOfOrderArg, ShadowArgs, SquashArgs, TemplateArg, UpArgs,
};
pub(crate) use roles::{RemoveArgs, RolesArgs, RolesCommand, RotateArgs, WantedArgs};
pub(crate) use secrets::{CheckArgs, GenerateArgs, SecretsCommand};
pub(crate) use settings::SettingsArgs;
pub(crate) use url::{ParseArgs, UrlCommand};

use crate::{Error, Output};

/// The layer between Rust services and PostgreSQL.
#[derive(Debug, Clone, Parser)]
#[command(name = "howdah", version, disable_help_subcommand = true)]
#[non_exhaustive]
pub struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl Args {
    /// The arguments of this process. Help and mistakes are printed, and end it; a mistake of `howdah migrate --json` or
    /// `howdah roles --json` is also printed on standard output, as JSON.
    ///
    /// # Errors
    /// [`Error::Usage`] where a connection URL stands in a wrong place: clap would print it with its password.
    pub fn of_process() -> Result<Self, Error> {
        Self::try_parse().map_err(|error| {
            let mut output = Output::new(wants_json(), true);
            let text = error.to_string();
            if text.contains("://") || text.contains("password=") {
                let error = Error::Usage(MISPLACED_URL.to_owned());
                output.error(&error);
                return error;
            }
            if error.use_stderr() {
                output.error(&Error::Usage(what_is_wrong(&text)));
            }
            error.exit()
        })
    }
}

/// Whether it is `howdah migrate --json` or `howdah roles --json`, asked where clap could not read the arguments.
fn wants_json() -> bool {
    let is_there = |wanted: &str| {
        let mut args = std::env::args_os().take_while(|arg| arg != "--");
        args.any(|arg| arg == wanted)
    };
    (is_there("migrate") || is_there("roles")) && is_there("--json")
}

/// Without what clap says about the usage.
fn what_is_wrong(text: &str) -> String {
    let (what, _) = text.split_once("\n\n").unwrap_or((text, ""));
    what.strip_prefix("error: ")
        .unwrap_or(what)
        .trim()
        .to_owned()
}

const MISPLACED_URL: &str = "a connection URL stands where none is expected; `howdah url parse URI` reads one, and `howdah --help` says more";

/// What every command takes.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Common {
    /// The settings file; default: howdah.yaml, howdah.toml, config.yaml or config.toml in this directory
    #[arg(long, global = true, value_name = "FILE", value_parser = not_a_url::path())]
    pub(crate) config: Option<PathBuf>,
    /// Print the result as JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// The settings: are they right, which hold, and why
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The versions of the schema
    Migrate(MigrateArgs),
    /// Who may do what
    Roles(RolesArgs),
    /// The files that hold secrets
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Connection URLs
    #[command(subcommand)]
    Url(UrlCommand),
}
