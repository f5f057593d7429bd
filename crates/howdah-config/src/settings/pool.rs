use std::time::Duration;

use super::words::words;

/// The section `database.pool`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pool {
    /// Connections that are kept. Default 20.
    pub size: u32,
    /// Connections beyond `size` that are closed when they come back. Default 10.
    pub overflow: u32,
    /// Idle connections that are kept. Default: as many as `size`.
    pub max_idle: Option<u32>,
    /// How long a caller waits for a connection. Default 30 s.
    pub acquire_timeout: Duration,
    /// A connection older than this is replaced. Default 30 min.
    pub max_lifetime: Duration,
    /// A connection unused for this long is closed. Default 10 min, or `max_lifetime` if that is shorter.
    pub idle_timeout: Duration,
    /// Processes of this service that each hold such a pool: for sums against the server's limit. Default 1.
    pub instances: u32,
    /// Which bounds the numbers above must keep.
    pub limits: Limits,
}

impl Pool {
    /// Connections that can be open at the same time: `size` and `overflow` together.
    pub fn max_open(&self) -> u32 {
        self.size.saturating_add(self.overflow)
    }
}

/// The bounds of the pool's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limits {
    /// size 1 to 100, overflow 0 to 100, idle connections 1 to 100, acquire timeout 1 to 300 s, lifetime 300 to
    /// 7200 s, idle time to 7200 s.
    #[default]
    Standard,
    /// size and overflow to 1000 together, lifetime to 1440 min, idle time to 120 min.
    Extended,
}

words!(Limits {
    Standard = "standard",
    Extended = "extended",
});

impl Default for Pool {
    fn default() -> Self {
        Self {
            size: 20,
            overflow: 10,
            max_idle: None,
            acquire_timeout: Duration::from_secs(30),
            max_lifetime: Duration::from_mins(30),
            idle_timeout: Duration::from_mins(10),
            instances: 1,
            limits: Limits::default(),
        }
    }
}
