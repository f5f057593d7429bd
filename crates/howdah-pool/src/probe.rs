//! While the server cannot be reached, one task looks for it, and nobody else does.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::open::{open, refuses_password};
use crate::shared::Shared;
use crate::state::Line;
use crate::{Error, jitter};

/// The longest pause where the server refuses the password.
const LONGEST: Duration = Duration::from_secs(30);

/// Starts looking.
pub(crate) fn begin(shared: &Arc<Shared>) {
    let cause = shared.state().line.cause().map(ToString::to_string);
    tracing::warn!(
        target = shared.target(),
        cause,
        "no connection can be made; callers are refused at once until one can"
    );
    let pause = shared.timing.probe_every;
    let next = announce(shared, pause);
    shared
        .runtime
        .spawn(look(Arc::downgrade(shared), next, pause));
}

async fn look(shared: Weak<Shared>, mut next: Instant, mut pause: Duration) {
    loop {
        sleep(next.saturating_duration_since(Instant::now())).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        if !begins(&shared) {
            return;
        }
        match open(&shared).await {
            Ok(session) => return shared.opened(session),
            Err(error) => {
                if refuses_password(&error) {
                    pause = (pause * 2).min(LONGEST);
                }
                note(&shared, error);
            }
        }
        next = announce(&shared, pause);
    }
}

/// Counts the attempt; not when there is nothing to look for any more.
fn begins(shared: &Shared) -> bool {
    let mut state = shared.state();
    let looks = !state.closing && matches!(state.line, Line::Down { .. });
    if looks {
        state.connecting = state.connecting.saturating_add(1);
    }
    looks
}

fn note(shared: &Shared, error: Error) {
    let mut state = shared.state();
    state.connecting = state.connecting.saturating_sub(1);
    if let Line::Down { cause, .. } = &mut state.line {
        *cause = Arc::new(error);
    }
}

/// Says when the next attempt is.
fn announce(shared: &Shared, pause: Duration) -> Instant {
    let now = Instant::now();
    let at = now.checked_add(jitter::around(pause, 20)).unwrap_or(now);
    if let Line::Down { next, .. } = &mut shared.state().line {
        *next = at;
    }
    at
}
