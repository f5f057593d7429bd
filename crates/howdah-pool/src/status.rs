use std::time::Instant;

use crate::shared::Shared;
use crate::{Closed, Usage};

/// A pool at one moment.
///
/// The first five are what `SQLAlchemy`'s `QueuePool` calls them; the rest says more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// `pool.size`.
    pub size: u32,
    /// Idle connections.
    pub checked_in: u32,
    /// Connections in use.
    pub checked_out: u32,
    /// Connections beyond `size`.
    pub overflow: u32,
    /// Connections that were lost since the pool began: found dead, or not to be rolled back in time.
    pub invalid: u64,
    /// Idle, used, pending, and who holds what.
    pub usage: Usage,
    /// Connections made since the pool began.
    pub opened: u64,
    /// Connections closed since then, by reason.
    pub closed: Closed,
    /// Callers who waited in vain.
    pub timeouts: u64,
    /// Whether callers are refused at once, because the server cannot be reached.
    pub is_down: bool,
}

impl Status {
    pub(crate) fn of(shared: &Shared) -> Self {
        let mut state = shared.state();
        let usage = state.usage(Instant::now());
        let size = shared.settings.size;
        Self {
            size,
            checked_in: usage.idle,
            checked_out: u32::try_from(usage.holders.len()).unwrap_or(u32::MAX),
            overflow: usage.open.saturating_sub(size),
            invalid: state.closed.broken.saturating_add(state.closed.unclean),
            opened: state.opened,
            closed: state.closed,
            timeouts: state.timeouts,
            is_down: state.is_down(),
            usage,
        }
    }
}
