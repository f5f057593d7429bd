/// Why connections were closed, each counted since the pool began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Closed {
    /// Older than `pool.max_lifetime`.
    pub lifetime: u64,
    /// Unused for `pool.idle_timeout`, or beyond `pool.max_idle`.
    pub idle: u64,
    /// Beyond `pool.size`.
    pub overflow: u64,
    /// Found dead, or lost in use.
    pub broken: u64,
    /// Not to be rolled back and reset in time.
    pub unclean: u64,
    /// Made with credentials that have been replaced since.
    pub rotated: u64,
    /// Because the pool was closed.
    pub shutdown: u64,
}

/// One of the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Lifetime,
    Idle,
    Overflow,
    Broken,
    Unclean,
    Rotated,
    Shutdown,
}

impl Closed {
    /// All of them together.
    pub fn total(&self) -> u64 {
        [
            self.lifetime,
            self.idle,
            self.overflow,
            self.broken,
            self.unclean,
            self.rotated,
            self.shutdown,
        ]
        .iter()
        .sum()
    }

    pub(crate) fn count(&mut self, reason: Reason) {
        let counter = match reason {
            Reason::Lifetime => &mut self.lifetime,
            Reason::Idle => &mut self.idle,
            Reason::Overflow => &mut self.overflow,
            Reason::Broken => &mut self.broken,
            Reason::Unclean => &mut self.unclean,
            Reason::Rotated => &mut self.rotated,
            Reason::Shutdown => &mut self.shutdown,
        };
        *counter = counter.saturating_add(1);
    }
}
