//! Scenarios that cross crates, through the commands that people type.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what tests share fails by panicking, like tests themselves"
)]

mod book;
mod db_up;
mod interrupted;
mod refusals;
mod xtask;
