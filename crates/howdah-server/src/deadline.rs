use std::time::{Duration, Instant};

const SHORTEST: Duration = Duration::from_millis(2);
const LONGEST: Duration = Duration::from_millis(50);

/// A limit for several steps together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    started: Instant,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            started: Instant::now(),
            limit,
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.limit.saturating_sub(self.elapsed())
    }

    pub(crate) fn has_passed(&self) -> bool {
        self.remaining().is_zero()
    }
}

/// Pauses between two looks at the same thing: the longer it has taken, the longer the pause, so that what is quick is
/// noticed at once and what is slow a tenth later at most.
#[derive(Debug)]
pub(crate) struct Pause {
    since: Instant,
}

impl Pause {
    pub(crate) fn new() -> Self {
        Self {
            since: Instant::now(),
        }
    }

    pub(crate) async fn wait(&mut self) {
        let pause = self.since.elapsed() / 10;
        tokio::time::sleep(pause.clamp(SHORTEST, LONGEST)).await;
    }
}
