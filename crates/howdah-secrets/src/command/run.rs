use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use super::SecretCommand;

const MAX_BYTES: usize = 64 * 1024;
/// How often the end of the program is looked for while it prints nothing.
const TICK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 10_000_000,
};

/// What the program prints, when it ends well and in time. The error is a sentence without its output.
pub(super) fn run(command: &SecretCommand) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut child = spawn(command)?;
    let mut output = Output::new();
    let ended = output.collect(&mut child, command.timeout);
    let status = match ended {
        Ok(status) => status,
        Err(why) => {
            end(&mut child);
            return Err(why);
        }
    };
    if !status.success() {
        let how = ending(status);
        return Err(format!("{how}; run it by hand to see what it says"));
    }
    Ok(output.into_bytes())
}

fn spawn(command: &SecretCommand) -> Result<Child, String> {
    let Some((program, arguments)) = command
        .argv
        .split_first()
        .filter(|(name, _)| !name.is_empty())
    else {
        return Err("has no program: its first word is missing or empty".to_owned());
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that runs a secret's command, with its deadline"
    )]
    let mut child = Command::new(program);
    child
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    child.spawn().map_err(|error| {
        format!(
            "cannot be started ({}); name a program that this user may run",
            error.kind()
        )
    })
}

/// Kills the program with everything it started, and takes its exit status, so that no zombie is left.
fn end(child: &mut Child) {
    let group = Pid::from_child(child);
    if kill_process_group(group, Signal::KILL).is_err() {
        // It has no group any more; `kill` does nothing to a process that has ended.
        child.kill().unwrap_or_default();
    }
    drop(child.wait());
}

fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit status {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended badly".to_owned(),
    }
}

struct Output {
    /// One buffer: growing it would leave copies of the secret behind.
    bytes: Zeroizing<Vec<u8>>,
    filled: usize,
    is_open: bool,
}

impl Output {
    fn new() -> Self {
        Self {
            bytes: Zeroizing::new(vec![0; MAX_BYTES + 1]),
            filled: 0,
            is_open: true,
        }
    }

    /// Reads until the program ends. Its pipe may stay open longer, in the hands of what it started: what the program
    /// itself printed is in the pipe when it has ended, so nobody is waited for.
    fn collect(&mut self, child: &mut Child, timeout: Duration) -> Result<ExitStatus, String> {
        let started = Instant::now();
        let mut pipe = child.stdout.take().ok_or("has no output")?;
        let lost = |error: io::Error| format!("cannot be read from ({})", error.kind());
        set_nonblocking(&pipe).map_err(lost)?;
        loop {
            let ended = child.try_wait().map_err(lost)?;
            self.drain(&mut pipe).map_err(lost)?;
            if self.filled > MAX_BYTES {
                return Err("prints more than 64 KiB, which is no password".to_owned());
            }
            if let Some(status) = ended {
                return Ok(status);
            }
            if started.elapsed() >= timeout {
                return Err(format!(
                    "did not end within {timeout:?} and was killed; run it by hand to see why"
                ));
            }
            self.wait(&pipe);
        }
    }

    /// Takes what is there.
    fn drain(&mut self, pipe: &mut ChildStdout) -> io::Result<()> {
        while self.is_open {
            let Some(room) = self
                .bytes
                .get_mut(self.filled..)
                .filter(|room| !room.is_empty())
            else {
                return Ok(());
            };
            match pipe.read(room) {
                Ok(0) => self.is_open = false,
                Ok(count) => self.filled = self.filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Until there is more to read, or a tick is over. An interrupted wait is a short one.
    fn wait(&self, pipe: &ChildStdout) {
        let mut all = [PollFd::new(pipe, PollFlags::IN)];
        let watched = if self.is_open {
            all.as_mut_slice()
        } else {
            &mut []
        };
        poll(watched, Some(&TICK)).unwrap_or_default();
    }

    fn into_bytes(mut self) -> Zeroizing<Vec<u8>> {
        self.bytes.truncate(self.filled);
        self.bytes
    }
}

fn set_nonblocking(pipe: &ChildStdout) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(pipe)?;
    rustix::fs::fcntl_setfl(pipe, flags | OFlags::NONBLOCK)?;
    Ok(())
}
