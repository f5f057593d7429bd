#![doc = include_str!("../README.md")]

mod error;
mod ident;
mod literal;
mod names;
mod qualified;

pub use error::Error;
pub use ident::Ident;
pub use literal::Literal;
pub use names::{DatabaseName, RoleName, SchemaName};
pub use qualified::Qualified;
