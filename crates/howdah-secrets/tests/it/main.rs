//! The public surface, on real files.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests end a test with a panic"
)]

mod bad_files;
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
