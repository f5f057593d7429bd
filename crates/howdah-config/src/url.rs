//! Connection strings, read strictly.

mod authority;
mod credentials;
mod error;
mod fault;
mod given;
mod host;
mod hosts;
mod keyword_value;
mod options;
mod parameter;
mod parse;
mod part;
mod percent;
mod render;
mod scheme;
mod unexpanded;
mod unknown;
mod uri;
mod value;
mod wrapping;

use std::collections::BTreeMap;
use std::str::FromStr;

use howdah_secrets::Secret;

pub use error::UrlError;
pub use host::UrlHost;
pub use parameter::{Parameter, Treatment, parameters};

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
        parse::parse(text).map_err(|fault| fault.reveal(text))
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
