//! The public surface, on a real server.

mod administrator;
mod app;
mod checklist;
mod concurrency;
mod drift;
mod effect;
mod manifest;
mod modes;
mod passwords;
mod plan;
mod read_only;
mod removal;
mod support;
