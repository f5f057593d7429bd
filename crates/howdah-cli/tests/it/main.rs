//! The `howdah` command as people run it, one module a command.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests end a test with a panic"
)]

mod adopt;
mod baseline;
mod config_check;
mod config_init;
mod config_interpolate;
mod config_reference;
mod config_schema;
mod config_show;
mod guides;
mod migrate;
mod no_secret;
#[cfg(not(feature = "tls"))]
mod no_tls;
mod roles;
mod secrets_check;
mod secrets_generate;
mod sqlx_project;
mod squash;
mod support;
mod url_parse;
