//! The public surface: the same on local binaries and in a container.

mod database;
mod server;
