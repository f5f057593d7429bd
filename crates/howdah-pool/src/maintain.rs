//! One task for a pool: connections that have served their time are closed, and the credentials are read again.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::closed::Reason;
use crate::jitter;
use crate::session::Session;
use crate::shared::Shared;

/// The pause between two rounds is a tenth of the shortest time there is to keep, within these.
const PAUSES: [Duration; 2] = [Duration::from_millis(20), Duration::from_secs(1)];

/// Begins it. It ends with the pool.
pub(crate) fn begin(shared: &Arc<Shared>) {
    let weak = Arc::downgrade(shared);
    shared.runtime.spawn(maintain(weak));
}

async fn maintain(pool: Weak<Shared>) {
    let mut seen = 1;
    while let Some(shared) = pool.upgrade() {
        if shared.state().closing {
            return;
        }
        let pause = pause(&shared);
        if shared.credentials.can_change() {
            seen = follow_credentials(&shared, seen).await;
        }
        reap(&shared, Instant::now());
        drop(shared);
        sleep(pause).await;
    }
}

fn pause(shared: &Shared) -> Duration {
    let [least, most] = PAUSES;
    let settings = &shared.settings;
    let shortest = settings
        .idle_timeout
        .min(settings.max_lifetime)
        .min(shared.timing.reread_every);
    (shortest / 10).clamp(least, most)
}

/// Closes idle connections that are too old, or were unused for too long.
fn reap(shared: &Arc<Shared>, now: Instant) {
    let idle_timeout = shared.settings.idle_timeout;
    let is_done = |session: &Session| {
        session.retirement(now).or_else(|| {
            let unused = now.saturating_duration_since(session.alive);
            (unused >= idle_timeout).then_some(Reason::Idle)
        })
    };
    let done: Vec<(Session, Reason)> = {
        let mut state = shared.state();
        let (keep, done): (Vec<_>, Vec<_>) = std::mem::take(&mut state.idle)
            .into_iter()
            .map(|session| (is_done(&session), session))
            .partition(|(reason, _)| reason.is_none());
        state.idle = keep.into_iter().map(|(_, session)| session).collect();
        done.into_iter()
            .filter_map(|(reason, session)| Some((session, reason?)))
            .collect()
    };
    for (session, reason) in done {
        shared.lose(session, reason, now);
    }
}

/// Reads them again when it is time; connections of older ones are closed one after the other.
async fn follow_credentials(shared: &Shared, seen: u64) -> u64 {
    let read = shared.credentials.refresh(shared.timing.reread_every).await;
    if let Err(error) = read {
        tracing::warn!(target = shared.target(), %error, "the credentials cannot be read again");
    }
    let generation = shared.credentials.current().generation;
    if generation != seen {
        tracing::info!(
            target = shared.target(),
            generation,
            "the credentials have changed; older connections are replaced"
        );
    }
    let now = Instant::now();
    let within = shared.timing.retire_within;
    for session in &mut shared.state().idle {
        session.retire_if_older(generation, now, jitter::below(within));
    }
    generation
}
