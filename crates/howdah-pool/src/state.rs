use std::collections::VecDeque;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::closed::Reason;
use crate::session::Session;
use crate::usage::{Holder, Usage};
use crate::{Closed, Error};

/// What a caller who waits is given.
pub(crate) type Grant = Result<Lease, Arc<Error>>;

/// A connection that somebody has.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) session: Session,
    /// The number of the checkout.
    pub(crate) hold: usize,
}

/// Where a connection is asked for, as far as the language tells.
pub(crate) type Site = Option<&'static Location<'static>>;

/// Everything of a pool that changes, under one lock that is never held across an await. Its functions do no I/O and
/// ask no clock.
#[derive(Debug)]
pub(crate) struct State {
    /// The one used last stands last, and is given out first: the others grow old enough to be closed.
    pub(crate) idle: Vec<Session>,
    waiting: VecDeque<Waiter>,
    /// Who has a connection; an entry is one checkout, and its place the checkout's number.
    holds: Vec<Option<Hold>>,
    /// The free places in `holds`.
    free: Vec<usize>,
    /// Connections: idle, used and on their way back.
    pub(crate) open: u32,
    /// Being opened.
    pub(crate) connecting: u32,
    /// Being rolled back and checked.
    pub(crate) returning: u32,
    pub(crate) line: Line,
    pub(crate) closing: bool,
    /// What was seen alive before this has to show that it lives: another one of its age was found dead.
    pub(crate) suspect: Option<Instant>,
    pub(crate) opened: u64,
    pub(crate) closed: Closed,
    pub(crate) timeouts: u64,
}

/// Whether new connections can be made.
#[derive(Debug, Clone)]
pub(crate) enum Line {
    /// As far as known.
    Up,
    /// The last attempt failed; there will be more.
    Failing {
        /// The first of these failures.
        since: Instant,
        /// The last of them.
        cause: Arc<Error>,
    },
    /// Callers are refused at once; one attempt after another, with pauses, looks for a change.
    Down {
        /// The first of these failures.
        since: Instant,
        /// The last of them.
        cause: Arc<Error>,
        /// The next attempt.
        next: Instant,
    },
}

/// One checkout.
#[derive(Debug)]
struct Hold {
    site: Site,
    since: Instant,
    pid: i32,
}

/// Somebody in the line.
#[derive(Debug)]
struct Waiter {
    site: Site,
    sender: oneshot::Sender<Grant>,
}

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Taken {
    /// There was one.
    Idle {
        lease: Lease,
        /// The last one that was found dead.
        suspect: Option<Instant>,
    },
    /// There will be one, or an error.
    Wait(oneshot::Receiver<Grant>),
    /// There will be none.
    Refused(Refusal),
}

/// Why there will be none.
#[derive(Debug)]
pub(crate) enum Refusal {
    Closed,
    Down {
        since: Instant,
        cause: Arc<Error>,
        next: Instant,
    },
}

/// Where a connection went that came back.
#[derive(Debug)]
pub(crate) enum Placed {
    /// To the next in line, or to the idle ones.
    Kept,
    /// Nobody wants it.
    Surplus(Session, Reason),
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            idle: Vec::new(),
            waiting: VecDeque::new(),
            holds: Vec::new(),
            free: Vec::new(),
            open: 0,
            connecting: 0,
            returning: 0,
            line: Line::Up,
            closing: false,
            suspect: None,
            opened: 0,
            closed: Closed::default(),
            timeouts: 0,
        }
    }

    /// An idle connection, or a place in the line.
    pub(crate) fn take(&mut self, site: Site, now: Instant) -> Taken {
        if self.closing {
            return Taken::Refused(Refusal::Closed);
        }
        if let Some(session) = self.idle.pop() {
            return Taken::Idle {
                lease: self.lend(session, site, now),
                suspect: self.suspect,
            };
        }
        if let (Line::Down { since, cause, next }, 0) = (&self.line, self.open) {
            return Taken::Refused(Refusal::Down {
                since: *since,
                cause: Arc::clone(cause),
                next: *next,
            });
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.push_back(Waiter { site, sender });
        Taken::Wait(receiver)
    }

    /// Gives a connection to the first who still waits, else keeps it within `keep` idle ones and `size` open ones.
    pub(crate) fn place(
        &mut self,
        mut session: Session,
        now: Instant,
        size: u32,
        keep: u32,
    ) -> Placed {
        while let Some(waiter) = self.waiting.pop_front() {
            let lease = self.lend(session, waiter.site, now);
            match waiter.sender.send(Ok(lease)) {
                Err(Ok(back)) => {
                    self.let_go(back.hold);
                    session = back.session;
                }
                _ => return Placed::Kept,
            }
        }
        let idle = u32::try_from(self.idle.len()).unwrap_or(u32::MAX);
        let surplus = if self.closing {
            Some(Reason::Shutdown)
        } else if self.open > size {
            Some(Reason::Overflow)
        } else {
            (idle >= keep).then_some(Reason::Idle)
        };
        if let Some(reason) = surplus {
            return Placed::Surplus(session, reason);
        }
        self.idle.push(session);
        Placed::Kept
    }

    /// Tells all who wait that there will be none.
    pub(crate) fn refuse_all(&mut self, error: &Arc<Error>) {
        for waiter in self.waiting.drain(..) {
            // Whoever gave up waiting does not miss it.
            drop(waiter.sender.send(Err(Arc::clone(error))));
        }
    }

    /// Forgets those who gave up.
    pub(crate) fn pending(&mut self) -> u32 {
        self.waiting.retain(|waiter| !waiter.sender.is_closed());
        u32::try_from(self.waiting.len()).unwrap_or(u32::MAX)
    }

    /// How many connections to open now, so that each who waits gets one; they count as `connecting` from here on.
    pub(crate) fn openings(&mut self, max: u32, at_once: u32) -> u32 {
        let limit = match self.line {
            Line::Up => at_once,
            Line::Failing { .. } => 1,
            Line::Down { .. } => 0,
        };
        let room = max
            .saturating_sub(self.open)
            .saturating_sub(self.connecting);
        let wanted = self.pending().saturating_sub(self.connecting);
        let more = wanted.min(room).min(limit.saturating_sub(self.connecting));
        self.connecting = self.connecting.saturating_add(more);
        more
    }

    /// Enters a checkout.
    fn lend(&mut self, session: Session, site: Site, since: Instant) -> Lease {
        let pid = session.pid;
        let entry = Some(Hold { site, since, pid });
        let place = self.free.pop();
        if let Some((hold, place)) = place.and_then(|hold| Some((hold, self.holds.get_mut(hold)?)))
        {
            *place = entry;
            return Lease { session, hold };
        }
        self.holds.push(entry);
        let hold = self.holds.len().saturating_sub(1);
        Lease { session, hold }
    }

    /// The checkout is over: since when it was.
    pub(crate) fn let_go(&mut self, hold: usize) -> Option<Instant> {
        let taken = self.holds.get_mut(hold)?.take()?;
        self.free.push(hold);
        Some(taken.since)
    }

    /// Whether callers are refused at once.
    pub(crate) fn is_down(&self) -> bool {
        self.open == 0 && matches!(self.line, Line::Down { .. })
    }

    /// A picture for people, with the oldest checkouts first.
    pub(crate) fn usage(&mut self, now: Instant) -> Usage {
        let mut holders: Vec<Holder> = self
            .holds
            .iter()
            .flatten()
            .map(|hold| hold.seen_at(now))
            .collect();
        holders.sort_by_key(|holder| std::cmp::Reverse(holder.held));
        Usage {
            open: self.open,
            idle: u32::try_from(self.idle.len()).unwrap_or(u32::MAX),
            connecting: self.connecting,
            returning: self.returning,
            pending: self.pending(),
            holders,
        }
    }
}

impl Hold {
    fn seen_at(&self, now: Instant) -> Holder {
        Holder {
            site: self.site,
            held: now.saturating_duration_since(self.since),
            pid: self.pid,
        }
    }
}

impl Line {
    /// A failed attempt: when the row of failures began.
    pub(crate) fn failing_since(&self, now: Instant) -> Instant {
        match self {
            Self::Up => now,
            Self::Failing { since, .. } | Self::Down { since, .. } => *since,
        }
    }

    pub(crate) fn cause(&self) -> Option<&Arc<Error>> {
        match self {
            Self::Up => None,
            Self::Failing { cause, .. } | Self::Down { cause, .. } => Some(cause),
        }
    }
}

/// A duration for a sentence: rounded to what a person reads.
pub(crate) fn rounded(duration: Duration) -> Duration {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis >= 10_000 {
        Duration::from_secs(millis / 1000)
    } else {
        Duration::from_millis(millis)
    }
}
