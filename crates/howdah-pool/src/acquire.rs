use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;
use tokio::time::timeout_at;

use crate::connection::PoolConnection;
use crate::shared::Shared;
use crate::state::{Grant, Line, Refusal, Site, Taken, rounded};
use crate::{Error, Usage};

/// A connection that works, after at most `pool.acquire_timeout`. Of those that are found dead on the way, the caller
/// hears nothing.
pub(crate) async fn acquire(shared: &Arc<Shared>, site: Site) -> Result<PoolConnection, Error> {
    let began = Instant::now();
    let deadline = began.checked_add(shared.settings.acquire_timeout);
    let mut now = began;
    loop {
        let taken = shared.state().take(site, now);
        let (mut connection, suspect) = match taken {
            Taken::Idle { lease, suspect } => (PoolConnection::new(shared, lease, true), suspect),
            Taken::Wait(receiver) => return wait(shared, receiver, deadline).await,
            Taken::Refused(refusal) => return Err(refused(shared, refusal, now)),
        };
        if connection.lives(now, suspect).await {
            return Ok(connection);
        }
        drop(connection);
        now = Instant::now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(timed_out(shared, now));
        }
    }
}

/// Waits in the line. Whoever stops waiting gives back what came at the same moment.
async fn wait(
    shared: &Arc<Shared>,
    receiver: oneshot::Receiver<Grant>,
    deadline: Option<Instant>,
) -> Result<PoolConnection, Error> {
    shared.open_for_waiting();
    let mut place = Place { shared, receiver };
    let granted = match deadline {
        Some(deadline) => timeout_at(deadline.into(), &mut place.receiver).await,
        None => Ok((&mut place.receiver).await),
    };
    match granted {
        Ok(Ok(Ok(lease))) => Ok(PoolConnection::new(shared, lease, false)),
        Ok(Ok(Err(cause))) => Err(unavailable(shared, cause)),
        Ok(Err(_gone)) => Err(shared.closed_error()),
        Err(_elapsed) => Err(timed_out(shared, Instant::now())),
    }
}

/// A place in the line.
struct Place<'a> {
    shared: &'a Arc<Shared>,
    receiver: oneshot::Receiver<Grant>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.receiver.close();
        if let Ok(Ok(lease)) = self.receiver.try_recv() {
            drop(PoolConnection::new(self.shared, lease, false));
        }
    }
}

fn refused(shared: &Shared, refusal: Refusal, now: Instant) -> Error {
    match refusal {
        Refusal::Closed => shared.closed_error(),
        Refusal::Down { since, cause, next } => Error::Unavailable {
            target: shared.target(),
            failing_for: rounded(now.saturating_duration_since(since)),
            retry_in: rounded(next.saturating_duration_since(now)),
            source: cause,
        },
    }
}

/// The attempt that was made for this caller failed, and it was the last one for now.
fn unavailable(shared: &Shared, cause: Arc<Error>) -> Error {
    let now = Instant::now();
    let line = shared.state().line.clone();
    match line {
        Line::Down { since, next, .. } => {
            refused(shared, Refusal::Down { since, cause, next }, now)
        }
        _ => match Arc::try_unwrap(cause) {
            Ok(error) => error,
            Err(source) => Error::Unavailable {
                target: shared.target(),
                failing_for: std::time::Duration::ZERO,
                retry_in: std::time::Duration::ZERO,
                source,
            },
        },
    }
}

fn timed_out(shared: &Shared, now: Instant) -> Error {
    let (usage, source) = {
        let mut state = shared.state();
        state.timeouts = state.timeouts.saturating_add(1);
        (state.usage(now), state.line.cause().cloned())
    };
    Error::AcquireTimeout {
        target: shared.target(),
        limit: shared.settings.acquire_timeout,
        advice: advice(&usage, source.is_some()),
        usage: Box::new(usage),
        source,
    }
}

fn advice(usage: &Usage, connecting_fails: bool) -> &'static str {
    if connecting_fails {
        "one more could not be made, see the cause"
    } else if usage.connecting > 0 {
        "one more was being made: the server or the way to it is slow"
    } else {
        "give them back sooner, look at who holds them, or raise pool.size"
    }
}
