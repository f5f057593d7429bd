use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use sqlx::Connection;
use tokio::time::timeout;

use crate::session::Session;
use crate::shared::Shared;
use crate::state::Lease;

/// A connection of a pool, given back when this is dropped.
///
/// Queries run on `&mut *connection`, a [`Session`].
pub struct PoolConnection {
    /// There until it is dropped.
    session: Option<Session>,
    hold: usize,
    /// It lay idle before, so the server may have ended it without anybody seeing it.
    was_idle: bool,
    shared: Arc<Shared>,
}

impl PoolConnection {
    pub(crate) fn new(shared: &Arc<Shared>, lease: Lease, was_idle: bool) -> Self {
        Self {
            session: Some(lease.session),
            hold: lease.hold,
            was_idle,
            shared: Arc::clone(shared),
        }
    }

    /// Whether it can be used: one that was idle for long, or that is as old as one that was found dead, has to answer.
    pub(crate) async fn lives(&mut self, now: Instant, suspect: Option<Instant>) -> bool {
        let timing = self.shared.timing;
        let session = &mut **self;
        let idle = now.saturating_duration_since(session.alive);
        if idle < timing.validate_after && suspect.is_none_or(|suspect| suspect < session.alive) {
            return true;
        }
        session.begun();
        let answer = timeout(timing.validation, session.pg.ping()).await;
        if let Ok(Ok(())) = answer {
            session.ended(&Ok(()));
            session.alive = Instant::now();
            return true;
        }
        session.fail();
        false
    }

    pub(crate) fn was_idle(&self) -> bool {
        self.was_idle
    }

    pub(crate) fn target(&self) -> String {
        self.shared.target()
    }
}

impl Deref for PoolConnection {
    type Target = Session;

    #[expect(
        clippy::expect_used,
        reason = "only `drop` takes the session, and nothing is called after it"
    )]
    fn deref(&self) -> &Session {
        self.session.as_ref().expect("a session until the end")
    }
}

impl DerefMut for PoolConnection {
    #[expect(
        clippy::expect_used,
        reason = "only `drop` takes the session, and nothing is called after it"
    )]
    fn deref_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("a session until the end")
    }
}

impl Drop for PoolConnection {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.shared.give_back(session, self.hold);
        }
    }
}

impl fmt::Debug for PoolConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolConnection")
            .field("backend_pid", &self.backend_pid())
            .finish_non_exhaustive()
    }
}
