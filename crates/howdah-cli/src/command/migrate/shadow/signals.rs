use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

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

    /// Waits for one of them.
    pub(super) async fn caught(&mut self) -> Stopped {
        Stopped(tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hang_up.recv() => "SIGHUP",
        })
    }
}
