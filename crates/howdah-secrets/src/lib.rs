#![doc = include_str!("../README.md")]

mod error;
mod generate;
mod read_file;
mod reference;
mod secret;
mod secret_dir;

pub use error::Error;
pub use generate::generate;
pub use read_file::{Rules, read_file};
pub use reference::{Origin, Resolved, SecretRef};
pub use secret::Secret;
pub use secret_dir::SecretDir;
