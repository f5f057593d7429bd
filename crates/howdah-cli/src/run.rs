use crate::args::{Args, Command};
use crate::command::{config, migrate, roles, secrets, url};
use crate::{Error, Exit, Output, process_environment};

/// Runs the `howdah` command. Why `howdah migrate --json` or `howdah roles --json` fails is printed on standard output, as
/// JSON.
///
/// # Errors
/// Every [`Error`].
pub fn run(args: Args) -> Result<Exit, Error> {
    let no_color = process_environment().contains_key("NO_COLOR");
    let mut output = Output::new(args.common.json, no_color);
    match args.command {
        Command::Config(command) => config::run(command, args.common, &mut output),
        Command::Secrets(command) => secrets::run(command, &args.common, &mut output),
        Command::Url(command) => url::run(command, &mut output),
        Command::Migrate(migrate) => block_on(migrate::run(migrate, args.common, &mut output))
            .inspect_err(|error| output.error(error)),
        Command::Roles(roles) => block_on(roles::run(roles, args.common, &mut output))
            .inspect_err(|error| output.error(error)),
    }
}

fn block_on(command: impl Future<Output = Result<Exit, Error>>) -> Result<Exit, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::step("starting"))?
        .block_on(command)
}
