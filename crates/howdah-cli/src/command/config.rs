mod check;
mod documents;
mod init;
mod interpolate;
mod problems;
mod show;

use crate::args::{Common, ConfigCommand};
use crate::settings::Sources;
use crate::{Error, Exit, Output};

/// Runs `howdah config`.
pub(crate) fn run(
    command: ConfigCommand,
    common: Common,
    output: &mut Output,
) -> Result<Exit, Error> {
    let sources = |options| Sources {
        file: common.config,
        options,
        url: None,
    };
    match command {
        ConfigCommand::Check(options) => check::check(sources(options), output),
        ConfigCommand::Show(options) => show::show(sources(options), output),
        ConfigCommand::Reference => documents::reference(output),
        ConfigCommand::Schema => documents::schema(output),
        ConfigCommand::Init(args) => init::init(&args, output),
        ConfigCommand::Interpolate { unset } => interpolate::interpolate_input(unset, output),
    }
}
