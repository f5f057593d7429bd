use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::Error;

/// How long each wait of this module waits, where it is not told otherwise: long enough for a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Between two looks at something that nobody announces.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// What one look found.
pub(crate) enum Look<T> {
    /// It is there.
    There(T),
    /// It is not; this is, in words.
    NotYet(String),
}

/// Looks again and again, until it is there or the time is over. A look that hangs is cut off, too.
pub(crate) async fn until<T, F>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<Look<T>, Error>>,
{
    let end = Instant::now() + limit;
    let mut there = "no answer".to_owned();
    while let Ok(found) = timeout(end.saturating_duration_since(Instant::now()), look()).await {
        match found? {
            Look::There(found) => return Ok(found),
            Look::NotYet(instead) => there = instead,
        }
        if Instant::now() >= end {
            break;
        }
        sleep(BETWEEN_LOOKS).await;
    }
    Err(Error::Deadline {
        what: what.to_owned(),
        limit,
        there,
    })
}

/// The same for what announces its changes.
pub(crate) async fn watching<T>(
    what: &str,
    limit: Duration,
    changes: &mut watch::Receiver<()>,
    mut look: impl FnMut() -> Look<T>,
) -> Result<T, Error> {
    let end = Instant::now() + limit;
    loop {
        let there = match look() {
            Look::There(found) => return Ok(found),
            Look::NotYet(instead) => instead,
        };
        let change = timeout_at(end, changes.changed()).await;
        if !matches!(change, Ok(Ok(()))) {
            return Err(Error::Deadline {
                what: what.to_owned(),
                limit,
                there,
            });
        }
    }
}
