//! Making connections: never more at once than allowed, and in tasks of their own, so that a caller who gives up does
//! not waste what was begun for him.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::credentials::Current;
use crate::establish::establish;
use crate::session::Session;
use crate::shared::Shared;
use crate::state::Line;
use crate::{Error, jitter, probe};

/// A connection on its way back is soon free: it is waited for this long before one more is made.
const PATIENCE: Duration = Duration::from_millis(50);
/// Connections that are made together read the credentials once.
const REREAD_AFTER: Duration = Duration::from_secs(1);
/// The pauses between attempts grow from the first to the second.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// Makes one connection for whoever waits; it counts as `connecting` already.
pub(crate) async fn one(shared: Arc<Shared>) {
    if !is_wanted_after_all(&shared).await {
        return;
    }
    let [mut pause, longest] = PAUSES;
    loop {
        match open(&shared).await {
            Ok(session) => return shared.opened(session),
            Err(error) => {
                if !goes_on(&shared, error) {
                    return;
                }
            }
        }
        sleep(jitter::around(pause, 50)).await;
        pause = (pause * 2).min(longest);
        if !is_wanted(&shared) {
            return;
        }
    }
}

/// One attempt, with the credentials of now. Where the server refuses those, they are read again; and while a new
/// password is in its file and not yet on the server, the one before still does.
pub(crate) async fn open(shared: &Shared) -> Result<Session, Error> {
    let credentials = &shared.credentials;
    let current = renew(shared, REREAD_AFTER).await;
    let error = match establish(shared, &current).await {
        Err(error) if credentials.can_change() && refuses_password(&error) => error,
        other => return other,
    };
    let newer = renew(shared, Duration::ZERO).await;
    if newer.generation != current.generation {
        return establish(shared, &newer).await;
    }
    match current.previous() {
        Some(previous) => establish(shared, &previous).await,
        None => Err(error),
    }
}

/// Reads the credentials again when they are older than this. If they cannot be read, the old ones may still do.
async fn renew(shared: &Shared, age: Duration) -> Current {
    match shared.credentials.refresh(age).await {
        Ok(current) => current,
        Err(error) => {
            let target = shared.target();
            tracing::warn!(target, error = %error, "the credentials cannot be read again");
            shared.credentials.current()
        }
    }
}

/// 28P01 is a wrong password, 28000 a login that was switched off.
pub(crate) fn refuses_password(error: &Error) -> bool {
    matches!(error.sqlstate().as_deref(), Some("28P01" | "28000"))
}

/// Whether nothing came back in the meantime.
async fn is_wanted_after_all(shared: &Shared) -> bool {
    if shared.state().returning > 0 {
        sleep(PATIENCE).await;
        return is_wanted(shared);
    }
    true
}

/// Gives up the place among the `connecting` when nobody waits for it.
fn is_wanted(shared: &Shared) -> bool {
    let mut state = shared.state();
    let wanted = !state.closing && state.pending() >= state.connecting;
    if !wanted {
        state.connecting = state.connecting.saturating_sub(1);
    }
    wanted
}

/// Notes the failure. `true`: another attempt follows. Else those who wait have been told, and it is no longer
/// `connecting`.
fn goes_on(shared: &Arc<Shared>, error: Error) -> bool {
    let now = Instant::now();
    // A password that changes is refused for a moment, with its old and its new value.
    let in_change = shared.credentials.can_change() && refuses_password(&error);
    let retryable = in_change || error.is_retryable();
    let cause = Arc::new(error);
    let mut state = shared.state();
    let since = state.line.failing_since(now);
    let long_enough = now.saturating_duration_since(since) >= shared.timing.fail_fast_after;
    state.connecting = state.connecting.saturating_sub(1);
    if state.closing {
        return false;
    }
    if state.open == 0 && (!retryable || long_enough) {
        state.refuse_all(&cause);
        let is_down = matches!(state.line, Line::Down { .. });
        state.line = Line::Down {
            since,
            cause,
            next: now,
        };
        drop(state);
        if !is_down {
            probe::begin(shared);
        }
        return false;
    }
    state.line = Line::Failing { since, cause };
    // One attempt at a time from here on: the others leave it to the one that goes on.
    let goes_on = state.connecting == 0 && state.pending() > 0;
    if goes_on {
        state.connecting = 1;
    }
    goes_on
}
