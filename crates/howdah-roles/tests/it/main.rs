//! The public surface, on a real server.

mod acceptance;
mod administrator;
mod app;
mod by;
mod checklist;
mod concurrency;
mod drift;
mod effect;
mod manifest;
mod modes;
mod names;
mod passwords;
mod plan;
mod program;
mod read_only;
mod removal;
mod rotation;
mod row_security;
mod server_log;
mod silence;
mod support;
