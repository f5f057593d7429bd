use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnection, PgDatabaseError, PgSeverity};

use crate::closed::Reason;
use crate::driver;

/// The server's session behind a connection of a pool.
///
/// A query on `&mut Session` is seen by the pool: when it has ended, and its text leaves nothing behind, the connection
/// is free at once. `&mut PgConnection`, to which this derefs, is lent without being watched: such a connection is
/// rolled back and reset in the background before somebody else gets it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent of each other: a busy session can be tainted, too"
)]
pub struct Session {
    pub(crate) pg: PgConnection,
    /// The server's process, for `pg_cancel_backend`.
    pub(crate) pid: i32,
    /// Of the credentials it was opened with.
    pub(crate) generation: u64,
    /// When it is replaced, drawn at its birth.
    pub(crate) expires: Instant,
    /// It uses credentials that have been replaced since.
    pub(crate) rotated: bool,
    /// The last time the server was known to answer.
    pub(crate) alive: Instant,
    /// A statement was begun, and its end was not seen.
    busy: bool,
    /// Used in a way that can have left something behind.
    tainted: bool,
    /// The server answered since `alive` was set.
    answered: bool,
    /// A statement failed since the transaction began.
    failed: bool,
    /// No use any more.
    broken: bool,
}

impl Session {
    /// The server's process, as in `pg_stat_activity`.
    pub fn backend_pid(&self) -> i32 {
        self.pid
    }

    pub(crate) fn new(pg: PgConnection, pid: i32, generation: u64, expires: Instant) -> Self {
        Self {
            pg,
            pid,
            generation,
            expires,
            rotated: false,
            alive: Instant::now(),
            busy: false,
            tainted: false,
            answered: false,
            failed: false,
            broken: false,
        }
    }

    /// From here to [`ended`](Self::ended) the session is busy. When that is not reached, because a future was dropped,
    /// it stays so.
    pub(crate) fn begun(&mut self) {
        self.busy = true;
    }

    pub(crate) fn ended<T>(&mut self, result: &Result<T, sqlx::Error>) {
        self.busy = false;
        match result {
            Ok(_) => self.answered = true,
            Err(error) => self.note(error),
        }
    }

    /// It comes back. A connection with which nothing was done may be dead all the same.
    pub(crate) fn came_back(&mut self, now: Instant) {
        if std::mem::take(&mut self.answered) {
            self.alive = now;
        }
    }

    /// The caller has it bare: what is done with it is not seen.
    pub(crate) fn taint(&mut self) {
        self.tainted = true;
    }

    /// It did not answer in time.
    pub(crate) fn fail(&mut self) {
        self.broken = true;
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    pub(crate) fn is_tainted(&self) -> bool {
        self.tainted
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether the next borrower can have it as it is.
    pub(crate) fn is_clean(&self) -> bool {
        !(self.busy || self.tainted || self.broken || self.depth() > 0)
    }

    /// Transactions and savepoints that were opened through the driver's own functions.
    pub(crate) fn depth(&self) -> usize {
        driver::depth(&self.pg)
    }

    /// Older credentials than those of now: closed after `within`, for good.
    pub(crate) fn retire_if_older(&mut self, generation: u64, now: Instant, within: Duration) {
        if self.generation < generation && !self.rotated {
            self.rotated = true;
            let end = now.checked_add(within).unwrap_or(now);
            self.expires = self.expires.min(end);
        }
    }

    /// Why it is not used any longer, if it has served its time.
    pub(crate) fn retirement(&self, now: Instant) -> Option<Reason> {
        let reason = if self.rotated {
            Reason::Rotated
        } else {
            Reason::Lifetime
        };
        (self.expires <= now).then_some(reason)
    }

    /// Rolled back and reset.
    pub(crate) fn cleaned(&mut self) {
        self.busy = false;
        self.tainted = false;
        self.answered = true;
    }

    /// A transaction begins.
    pub(crate) fn forget_failures(&mut self) {
        self.failed = false;
    }

    /// Whether a statement failed since then: the transaction has failed with it, or gone back to a savepoint.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    fn note(&mut self, error: &sqlx::Error) {
        match error {
            sqlx::Error::Database(database) => {
                self.failed = true;
                self.broken |= ends_the_session(&**database);
            }
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => {
                self.broken = true;
            }
            // The arguments could not be encoded: nothing was sent. A missing row is no fault.
            sqlx::Error::Encode(_) | sqlx::Error::RowNotFound => {}
            _ => self.tainted = true,
        }
    }
}

impl Deref for Session {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.pg
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.taint();
        &mut self.pg
    }
}

impl AsMut<PgConnection> for Session {
    fn as_mut(&mut self) -> &mut PgConnection {
        self
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("backend_pid", &self.pid)
            .finish_non_exhaustive()
    }
}

/// A FATAL error is the last thing a session says (57P01 by an administrator, 57P05 by `idle_session_timeout`).
pub(crate) fn ends_the_session(error: &dyn DatabaseError) -> bool {
    error
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|error| {
            matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)
                || error.code().starts_with("08")
        })
}
