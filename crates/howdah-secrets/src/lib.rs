#![doc = include_str!("../README.md")]

mod backup;
mod civil;
mod command;
mod content;
mod credential;
mod error;
mod generate;
mod open_file;
mod order;
mod origin;
mod permissions;
#[cfg(unix)]
mod place;
mod placeholder;
mod private_dir;
mod read_file;
mod read_together;
mod reference;
mod rotating;
mod rules;
mod secret;
mod secret_dir;
mod secret_file;
mod sources;
mod variable;
mod written;

pub use command::SecretCommand;
pub use error::Error;
pub use generate::generate;
pub use order::Order;
pub use origin::Origin;
pub use placeholder::is_placeholder;
pub use read_file::read_file;
pub use read_together::read_together;
pub use reference::{InlineSecret, Resolved, SecretRef};
pub use rotating::{Generation, Refreshed, Rotating};
pub use rules::Rules;
pub use secret::Secret;
pub use secret_dir::SecretDir;
pub use written::{Existing, Written};
