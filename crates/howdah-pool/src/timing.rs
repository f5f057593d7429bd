use std::time::Duration;

/// The pool's deadlines and pauses that the settings have no key for. The defaults suit a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// A connection that was idle for longer is asked whether it lives before somebody gets it. Default 500 ms, as in
    /// `HikariCP`; zero asks always.
    pub validate_after: Duration,
    /// How long the answer may take; then the connection is dropped, and the next one tried. Default 1 s.
    pub validation: Duration,
    /// How long cancelling, rolling back and resetting a connection may take; then it is dropped. Default 3 s.
    pub release: Duration,
    /// For how long a server that cannot be reached is tried again before callers are refused at once. Default 1 s.
    pub fail_fast_after: Duration,
    /// The pause between two attempts to reach such a server, with up to a fifth more or less. Default 1 s. Where the
    /// server refuses the password, it doubles up to 30 s, because accounts are locked by programs that insist.
    pub probe_every: Duration,
    /// How often the source of the password is asked for a new one. Default 10 s; only for [rotating
    /// credentials](crate::Credentials).
    pub reread_every: Duration,
    /// Over what time connections of replaced credentials are closed. Default 30 s.
    pub retire_within: Duration,
    /// How many connections are made at the same time. Default 8.
    pub connecting: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            validate_after: Duration::from_millis(500),
            validation: Duration::from_secs(1),
            release: Duration::from_secs(3),
            fail_fast_after: Duration::from_secs(1),
            probe_every: Duration::from_secs(1),
            reread_every: Duration::from_secs(10),
            retire_within: Duration::from_secs(30),
            connecting: 8,
        }
    }
}
