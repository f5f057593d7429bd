#![cfg(unix)]
//! The public surface, on real files.

mod bad_inputs;
#[cfg(feature = "certificates")]
mod certificates;
mod checking;
mod command;
mod generating;
mod places;
mod rotating;
mod silence;
mod sources;
mod support;
mod together;
