use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::closed::Reason;
use crate::control::Control;
use crate::session::Session;
use crate::state::{Line, Placed, State};
use crate::{Credentials, Error, Login, Timing, jitter, open, release};

/// How long saying good-bye to the server may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// What the clones of a pool, its connections and its tasks share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) login: Login,
    pub(crate) credentials: Credentials,
    pub(crate) settings: howdah_config::Pool,
    pub(crate) timing: Timing,
    pub(crate) control: Control,
    /// Something came back, or was closed.
    pub(crate) returned: Notify,
    /// Connections are dropped wherever their owner ends, also outside the runtime.
    pub(crate) runtime: Handle,
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(
        login: Login,
        credentials: Credentials,
        settings: howdah_config::Pool,
        timing: Timing,
    ) -> Self {
        Self {
            login,
            credentials,
            settings,
            timing,
            control: Control::default(),
            returned: Notify::new(),
            runtime: Handle::current(),
            state: Mutex::new(State::new()),
        }
    }

    /// Never held across an await, and nothing under it panics half-way.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `role@host:port/database`, with the role of now.
    pub(crate) fn target(&self) -> String {
        let user = self.credentials.current().credential.user;
        self.login.target_as(&user)
    }

    /// Starts as many connections as there are callers without one.
    pub(crate) fn open_for_waiting(self: &Arc<Self>) {
        let openings = self
            .state()
            .openings(self.settings.max_open(), self.timing.connecting);
        for _ in 0..openings {
            self.runtime.spawn(open::one(Arc::clone(self)));
        }
    }

    /// A checkout is over.
    pub(crate) fn give_back(self: &Arc<Self>, session: Session, hold: usize) {
        let now = Instant::now();
        self.state().let_go(hold);
        if session.is_broken() {
            self.lose(session, Reason::Broken, now);
        } else if session.is_clean() {
            self.put(session, now);
        } else {
            {
                let mut state = self.state();
                state.returning = state.returning.saturating_add(1);
            }
            self.runtime.spawn(release::one(Arc::clone(self), session));
        }
    }

    /// A clean connection, to whom it is for.
    pub(crate) fn put(self: &Arc<Self>, mut session: Session, now: Instant) {
        session.came_back(now);
        if self.credentials.can_change() {
            let generation = self.credentials.current().generation;
            session.retire_if_older(generation, now, jitter::below(self.timing.retire_within));
        }
        if let Some(reason) = session.retirement(now) {
            return self.lose(session, reason, now);
        }
        let placed = self.place(session, now);
        if let Placed::Surplus(session, reason) = placed {
            return self.lose(session, reason, now);
        }
        self.returned.notify_waiters();
    }

    fn place(&self, session: Session, now: Instant) -> Placed {
        let keep = self.settings.max_idle.unwrap_or(self.settings.size);
        self.state().place(session, now, self.settings.size, keep)
    }

    /// A connection less; who waits for it gets another one.
    pub(crate) fn lose(self: &Arc<Self>, session: Session, reason: Reason, now: Instant) {
        {
            let mut state = self.state();
            state.open = state.open.saturating_sub(1);
            state.closed.count(reason);
            if reason == Reason::Broken {
                state.suspect = Some(now);
            }
        }
        self.goodbye(session);
        self.open_for_waiting();
        self.returned.notify_waiters();
    }

    /// Says good-bye to the server, where it listens, or else hangs up.
    fn goodbye(&self, session: Session) {
        if session.is_broken() || session.is_busy() {
            return;
        }
        self.runtime.spawn(async move {
            let closing = sqlx::Connection::close(session.pg);
            drop(tokio::time::timeout(GOODBYE, closing).await);
        });
    }

    /// Counts a connection that was made, and gives it to whom it is for.
    pub(crate) fn opened(self: &Arc<Self>, session: Session) {
        let now = Instant::now();
        {
            let mut state = self.state();
            state.connecting = state.connecting.saturating_sub(1);
            state.open = state.open.saturating_add(1);
            state.opened = state.opened.saturating_add(1);
            if let Line::Down { since, .. } = &state.line {
                let away = now.saturating_duration_since(*since);
                tracing::info!(target = self.target(), ?away, "the server is back");
            }
            state.line = Line::Up;
        }
        self.put(session, now);
        self.open_for_waiting();
    }

    /// When a connection that is made now is to be replaced: a tenth more or less than `pool.max_lifetime`, so that
    /// those that were made together do not end together.
    pub(crate) fn expiry(&self) -> Instant {
        let now = Instant::now();
        now.checked_add(jitter::around(self.settings.max_lifetime, 10))
            .unwrap_or(now)
    }

    pub(crate) fn closed_error(&self) -> Error {
        Error::Closed {
            target: self.target(),
        }
    }
}
