#![doc = include_str!("../README.md")]

mod args;
mod clock;
mod command;
pub mod db;
mod describe;
mod documents;
mod error;
mod migration_events;
mod migration_files;
mod output;
mod process_env;
mod progress;
mod run;
mod secret_files;
mod settings;

pub use args::Args;
pub use documents::{render_reference, render_schema, render_starter};
pub use error::{Error, Exit};
pub use output::{Output, print_error};
pub use process_env::process_environment;
pub use run::run;
