#![doc = include_str!("../README.md")]

mod container;
mod database;
mod error;
mod local;
mod named;
mod reaper;
mod server;

pub use database::{As, TestDatabase};
pub use error::Error;
pub use howdah_pool::{Login, connect};
pub use server::TestServer;
