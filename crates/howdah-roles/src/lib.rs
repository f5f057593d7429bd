#![doc = include_str!("../README.md")]

mod adopt;
mod apply;
mod catalog;
mod change;
mod checklist;
mod diff;
mod difference;
mod error;
mod layout;
mod lock;
mod manifest;
mod mode;
mod origin;
mod parameter;
mod passwords;
mod plan;
mod preflight;
mod privilege;
mod settle;
mod timestamp;
mod verifier;
mod verify;
mod verify_checklist;
mod wanted;

pub use error::Error;
pub use layout::{Layout, Names};
pub use lock::{lock, unlock};
pub use manifest::Manifest;
pub use mode::Mode;
pub use passwords::Passwords;
pub use plan::{Plan, plan_cluster, plan_database};
pub use verifier::Verifier;
pub use verify::{Depth, Finding, verify_app, verify_read_only};
pub use verify_checklist::{Check, Outcome, verify_checklist};
pub use wanted::Wanted;
