use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::state::rounded;

/// How many checkouts an error names.
const NAMED: usize = 3;

/// What the connections of a pool were doing at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Connections: idle ones, used ones and those on their way back.
    pub open: u32,
    /// Connections that wait for a borrower.
    pub idle: u32,
    /// Connections that are being made.
    pub connecting: u32,
    /// Connections that are rolled back and checked before somebody else gets them.
    pub returning: u32,
    /// Callers who wait for a connection.
    pub pending: u32,
    /// Who has a connection, the longest first.
    pub holders: Vec<Holder>,
}

/// Who has a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// Where it was taken; `None` for a query that runs on the pool itself.
    pub site: Option<&'static Location<'static>>,
    /// For how long.
    pub held: Duration,
    /// The server's process.
    pub pid: i32,
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} open ({} in use, {} idle, {} returning), {} connecting, {} waiting",
            self.open,
            self.holders.len(),
            self.idle,
            self.returning,
            self.connecting,
            self.pending
        )?;
        for (at, holder) in self.holders.iter().take(NAMED).enumerate() {
            let before = if at == 0 { "; held longest: " } else { ", " };
            write!(f, "{before}{holder}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = rounded(self.held);
        match self.site {
            Some(site) => write!(f, "{site} for {held:?} (pid {})", self.pid),
            None => write!(f, "a query on the pool for {held:?} (pid {})", self.pid),
        }
    }
}
