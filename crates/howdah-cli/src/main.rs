//! The `howdah` command.

use std::process::ExitCode;

use howdah_cli::{Args, print_error, run};

fn main() -> ExitCode {
    match Args::of_process().and_then(run) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            print_error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
