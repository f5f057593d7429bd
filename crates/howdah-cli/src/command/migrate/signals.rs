use std::io;

use howdah_migrate::Stop;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Error;

/// Heard from when they are listened for, not only while somebody waits for them.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// What asked this process to end.
#[derive(Debug, thiserror::Error)]
#[error("it was stopped by {0}")]
pub(super) struct Stopped(&'static str);

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Lets the work end in order at the first signal, and leaves it at the second.
    pub(super) async fn stop<T>(
        mut self,
        stop: &Stop,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::pin!(work);
        let signal = tokio::select! {
            done = &mut work => return done,
            signal = self.caught() => signal,
        };
        stop.stop(signal.0);
        tokio::select! {
            done = work => done,
            signal = self.caught() => Err(Error::step("stopping in order")(signal)),
        }
    }

    /// Waits for one of them.
    pub(super) async fn caught(&mut self) -> Stopped {
        Stopped(tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hang_up.recv() => "SIGHUP",
        })
    }
}
