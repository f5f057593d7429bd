//! The commands of the `howdah` binary, a file each.

pub(crate) mod config;
pub(crate) mod migrate;
pub(crate) mod roles;
pub(crate) mod secrets;
pub(crate) mod url;
