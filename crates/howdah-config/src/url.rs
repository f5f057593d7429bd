//! Connection strings, read strictly.

mod error;
mod host;
mod fault;
mod part;
mod percent;
mod render;

use std::collections::BTreeMap;
use std::str::FromStr;

use howdah_secrets::Secret;

pub use error::UrlError;
pub use host::UrlHost;

/// A connection string, as given: no defaults filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionUrl {
    /// The role that logs in.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// The database.
    pub dbname: Option<String>,
    /// The servers, in the order in which they are tried; empty when none is named.
    pub hosts: Vec<UrlHost>,
    /// The other parameters, decoded, as given.
    pub params: BTreeMap<String, String>,
    /// What was read in another way than it was written, one sentence each.
    pub notices: Vec<String>,
}

impl ConnectionUrl {
    /// Reads a URL or a list of `keyword=value`.
    ///
    /// # Errors
    ///
    /// What is wrong and what to do, in one sentence that shows no part of a value.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if text.is_empty() {
            return Err(UrlError {
                position: None,
                message: "the connection URL is empty".to_owned(),
            });
        }
        Ok(Self::default())
    }

    /// The URL, complete with its password. Reading it gives the same parts again.
    pub fn render(&self) -> Secret {
        Secret::new(render::render(self))
    }
}

impl FromStr for ConnectionUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}
