//! Connection strings, read strictly.
//!
//! `parse` is the way through: `wrapping` and `unexpanded` look at the text as a whole, `scheme` and `uri` (with
//! `credentials` and `authority`) or `keyword_value` take it apart, `given` collects what is found and checks it
//! against the table in `parameter`. What is stricter than libpq is listed at [`ConnectionUrl`].
//!
//! Every fault is a sentence that was written here: an unescaped `/` or `?` moves the rest of a password to where a
//! host, a port or the name of a parameter is looked for, so nothing of the text is shown but names of parameters,
//! and those only where no password can have got there.

mod authority;
mod credentials;
mod error;
mod fault;
mod given;
mod host;
mod hosts;
mod keyword_value;
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
///
/// ```
/// use howdah_config::ConnectionUrl;
///
/// let url: ConnectionUrl = "postgresql://app:p%40ss@[::1]:5433,db2/shop?sslmode=verify-full".parse()?;
/// assert_eq!(url.user.as_deref(), Some("app"));
/// assert_eq!(url.hosts[0].host.as_deref(), Some("::1"));
/// assert_eq!(url.hosts[1].port, None);
/// assert_eq!(url.params["sslmode"], "verify-full");
///
/// let error = ConnectionUrl::parse("postgresql://app:p/ss@db/shop").unwrap_err();
/// assert!(error.message.contains("percent-encode it as %2F"));
/// # Ok::<(), howdah_config::UrlError>(())
/// ```
///
/// Both forms of libpq are read: URLs, and `keyword=value` with its single quotes and backslashes. As in libpq, `+`
/// is a plus, an empty user, password, database, host or port is none, `ssl=true` is `sslmode=require`, and
/// `postgresql://` alone gives nothing. Of the parameters, each is used, accepted because it changes nothing, or
/// refused: see [`parameters`].
///
/// # Stricter than libpq
///
/// - The text: at most 16 KiB; no space or quote around it, no name of a variable in front of it, and no `${NAME}`,
///   `$NAME`, `$(command)` or `{{ name }}` left in it (a `$` that is meant is `%24`, or `\\$` in `keyword=value`).
/// - The scheme: `postgres` or `postgresql` in lower case. The drivers of `SQLAlchemy` (`+asyncpg`) are dropped with a
///   notice.
/// - The login: `@`, `/`, `?`, `#`, `:`, `[`, `]` and spaces in a user name or a password are percent-encoded, and an
///   `@` behind the host is, unless the URL starts with `postgresql:///`. libpq ends the login at the first `@`, and
///   takes a `:` in the password.
/// - Hosts: letters, digits, `-`, `_` and `.`, an IPv6 address (in brackets in front of the path), or a socket
///   directory. A list has no entry without a name, an address and a port. A `hostaddr` is an IP address.
/// - Ports: 1 to 65535. `host:` without a port is refused.
/// - The database: `/`, `@`, `;` and `&` are percent-encoded, and it is no connection string of its own.
/// - No fragment, no raw space anywhere (libpq 18 trims some), and no `%00`; what is percent-encoded is UTF-8.
/// - Nothing is given twice, neither as a parameter nor in front of the `?` and as a parameter. In libpq the last wins.
/// - Numbers, words and `options` are checked here and not when the connection is made.
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
    /// Reads a URL, or a list of `keyword=value`.
    ///
    /// # Errors
    ///
    /// What is wrong and what to do, in one sentence that shows no part of a value.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        parse::parse(text).map_err(|fault| fault.reveal(text))
    }

    /// The URL, complete with its password. Reading it gives the same parts again, but for the notices, if they are
    /// parts that [`ConnectionUrl::parse`] can give.
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
