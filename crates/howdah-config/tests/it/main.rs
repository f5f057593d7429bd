//! The public surface, one module a topic.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of tests end a test with a panic"
)]
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod acceptance;
mod bounds;
mod connection_url;
mod direct_url;
mod dotenv;
mod environments;
mod guides;
mod interpolation;
mod layers;
mod leaks;
mod libpq;
mod origins;
mod secret_sources;
mod support;
mod toml;
mod url;
mod yaml;
