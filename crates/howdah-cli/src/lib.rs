#![doc = include_str!("../README.md")]

mod args;
mod command;
pub mod db;
mod error;
mod migration_events;
mod output;
mod process_env;
mod run;
mod settings;

pub use args::Args;
pub use error::{Error, Exit};
pub use output::{Output, print_error};
pub use process_env::process_environment;
pub use run::run;
