#![doc = include_str!("../README.md")]

mod acl;
mod cluster_state;
mod error;
mod layout;
mod lock;
mod passwords;
mod plan;
mod plan_cluster;
mod plan_database;
mod verifier;
mod verify;

pub use error::Error;
pub use layout::{Layout, Names};
pub use lock::{lock, unlock};
pub use passwords::Passwords;
pub use plan::Plan;
pub use plan_cluster::plan_cluster;
pub use plan_database::plan_database;
pub use verifier::Verifier;
pub use verify::{Depth, Finding, verify_app, verify_read_only};
