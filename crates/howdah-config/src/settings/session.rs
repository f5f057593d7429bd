use std::collections::BTreeMap;
use std::time::Duration;

/// The section `database.session`: what every session is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// How the service shows up in `pg_stat_activity`. Default `howdah`.
    pub application_name: String,
    /// A statement that runs longer is cancelled by the server. Default 30 s; zero: no limit.
    pub statement_timeout: Duration,
    /// A statement that waits longer for a lock is cancelled. Default 5 s; zero: no limit.
    pub lock_timeout: Duration,
    /// How long making a connection may take, with TLS and login. Default 10 s.
    pub connect_timeout: Duration,
    /// Further server settings, by name. Default: none.
    pub options: BTreeMap<String, String>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            application_name: "howdah".to_owned(),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(10),
            options: BTreeMap::new(),
        }
    }
}
