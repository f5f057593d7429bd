mod check;
mod generate;

use crate::args::{Common, SecretsCommand};
use crate::{Error, Exit, Output};

/// Runs `howdah secrets`.
pub(crate) fn run(
    command: SecretsCommand,
    common: &Common,
    output: &mut Output,
) -> Result<Exit, Error> {
    match command {
        SecretsCommand::Generate(args) => generate::generate(&args, common, output),
        SecretsCommand::Check(args) => check::check(&args, common, output),
    }
}
