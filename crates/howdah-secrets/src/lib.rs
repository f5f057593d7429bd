#![doc = include_str!("../README.md")]

mod backup;
#[cfg(feature = "certificates")]
mod certificates;
#[cfg(feature = "certificates")]
mod check_certificate;
mod check_file;
mod civil;
mod command;
mod content;
mod credential;
mod error;
mod finding;
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
mod strength;
mod variable;
#[cfg(unix)]
mod write_together;
mod written;

#[cfg(feature = "certificates")]
pub use certificates::Certificates;
#[cfg(feature = "certificates")]
pub use check_certificate::check_certificate;
pub use check_file::{CheckLimits, check_file};
pub use command::SecretCommand;
pub use error::Error;
pub use finding::{Finding, Severity};
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
#[cfg(unix)]
pub use write_together::write_together;
pub use written::{Existing, Written};
