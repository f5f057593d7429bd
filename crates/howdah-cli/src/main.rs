//! The `howdah` command.

use std::process::ExitCode;

use clap::Parser;
use howdah_cli::{Args, print_error, run};

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            print_error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
