use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use super::home::Home;
use crate::Error;
use crate::deadline::{Deadline, Pause};
use crate::postmaster::{is_alive, send};

/// How long it may take to end by itself. It has no data that could suffer.
const GRACE: Duration = Duration::from_secs(2);

/// A running pooler, known by its number **and** the file it was started with: the number alone may belong to anybody.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) pid: u32,
}

impl Process {
    pub(super) fn find(home: &Home) -> Option<Self> {
        let pid = fs::read_to_string(home.pid()).ok()?.trim().parse().ok()?;
        let ours = is_alive(pid) && was_started_with(pid, home);
        ours.then_some(Self { pid })
    }

    pub(super) fn is_alive(&self) -> bool {
        is_alive(self.pid)
    }

    /// <https://www.pgbouncer.org/usage.html#signals>: from 1.23 on, the first one waits for the clients to go.
    pub(super) async fn stop(&self, limit: Duration) -> Result<(), Error> {
        for (signal, limit) in [(Signal::TERM, GRACE.min(limit)), (Signal::KILL, GRACE)] {
            send(self.pid, signal);
            let deadline = Deadline::new(limit);
            let mut pause = Pause::new();
            while self.is_alive() && !deadline.has_passed() {
                pause.wait().await;
            }
            if !self.is_alive() {
                return Ok(());
            }
        }
        Err(Error::Busy {
            pid: Some(self.pid),
            what: "is the pooler and does not stop".to_owned(),
            waited: limit,
            mend: format!("end it with `kill -9 {}`", self.pid),
        })
    }
}

/// Where there is no `/proc`, the pid file has to do: it is removed by its owner, and the directory is private.
fn was_started_with(pid: u32, home: &Home) -> bool {
    let Ok(words) = fs::read(format!("/proc/{pid}/cmdline")) else {
        return !cfg!(target_os = "linux");
    };
    let settings = home.settings();
    words
        .split(|byte| *byte == 0)
        .any(|word| word == settings.as_os_str().as_encoded_bytes())
}
