use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::Error;
use crate::deadline::{Deadline, Pause};

/// A running server process, known by its number **and** its data directory: the number alone may belong to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Postmaster {
    pub(crate) pid: u32,
    /// `None` while it is still starting.
    pub(crate) port: Option<u16>,
    /// Whether it has its port. A login before that would ask whoever else has it.
    pub(crate) listens: bool,
}

/// What `postmaster.pid` says. Its lines: pid, data directory, start time, port, socket directory, address, shared
/// memory, status.
#[derive(Debug, PartialEq, Eq)]
struct PidFile {
    pid: u32,
    data: PathBuf,
    port: Option<u16>,
    /// The address is written when the port is bound.
    listens: bool,
}

impl Postmaster {
    /// The server of `data`, if one runs.
    pub(crate) fn find(data: &Path) -> Option<Self> {
        let file = PidFile::read(data)?;
        serves(file.pid, &file.data, data).then_some(Self {
            pid: file.pid,
            port: file.port,
            listens: file.listens,
        })
    }

    /// The pid of a server that ended without removing its pid file: it was killed, or the machine stopped.
    ///
    /// If the number belongs to another process by now, or to a dead one that nobody has collected, the file is
    /// removed, because the server would take that process for itself and refuse to start. Otherwise it stays: the server checks by it whether a child of the dead
    /// one still uses the memory.
    pub(crate) fn lost(data: &Path) -> Option<u32> {
        let file = PidFile::read(data)?;
        if serves(file.pid, &file.data, data) {
            return None;
        }
        let is_someone_else = is_alive(file.pid);
        // One that nobody has waited for yet: the server would take it for alive, and it may stay so for ever.
        let is_zombie = to_pid(file.pid).is_some_and(has_number) && !has_children(data);
        if (is_someone_else || is_zombie)
            && let Err(error) = fs::remove_file(data.join("postmaster.pid"))
        {
            tracing::debug!("the stale postmaster.pid stays: {error}");
        }
        Some(file.pid)
    }

    pub(crate) fn is_alive(&self) -> bool {
        is_alive(self.pid)
    }

    /// Fast shutdown, and when that takes too long an immediate one; `at_once` begins with the latter.
    pub(crate) async fn stop(&self, at_once: bool, limit: Duration) -> Result<(), Error> {
        if !at_once && self.ends_after(Signal::INT, limit).await {
            return Ok(());
        }
        // The server itself kills what has not ended five seconds after this signal.
        if self.ends_after(Signal::QUIT, Duration::from_secs(8)).await {
            return Ok(());
        }
        Err(Error::Busy {
            pid: Some(self.pid),
            what: "is the server and does not stop".to_owned(),
            waited: limit,
            mend: format!("end it with `kill -9 {}`", self.pid),
        })
    }

    async fn ends_after(&self, signal: Signal, limit: Duration) -> bool {
        send(self.pid, signal);
        let deadline = Deadline::new(limit);
        let mut pause = Pause::new();
        while is_alive(self.pid) {
            if deadline.has_passed() {
                return false;
            }
            pause.wait().await;
        }
        true
    }
}

impl PidFile {
    fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        Some(Self {
            pid: lines.next()?.trim().parse().ok()?,
            data: PathBuf::from(lines.next()?),
            port: lines.nth(1).and_then(|port| port.trim().parse().ok()),
            listens: lines
                .nth(1)
                .is_some_and(|address| !address.trim().is_empty()),
        })
    }
}

pub(crate) fn send(pid: u32, signal: Signal) {
    let sent = to_pid(pid).map(|pid| kill_process(pid, signal));
    if let Some(Err(error)) = sent {
        tracing::debug!("cannot signal process {pid}: {error}");
    }
}

/// A process that has ended and that nobody has waited for still has its number; it counts as ended.
pub(crate) fn is_alive(pid: u32) -> bool {
    let Some(number) = to_pid(pid) else {
        return false;
    };
    // If it is a child of this process, this ends its afterlife; if it is not, it changes nothing.
    if let Ok(Some(_)) = waitpid(Some(number), WaitOptions::NOHANG) {
        return false;
    }
    if cfg!(target_os = "linux") {
        return fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !has_ended(&stat));
    }
    // No permission means that there is a process.
    !matches!(
        rustix::process::test_kill_process(number),
        Err(rustix::io::Errno::SRCH)
    )
}

/// `pid (name) state …`, where the name may hold anything.
fn has_ended(stat: &str) -> bool {
    stat.rsplit_once(')')
        .is_none_or(|(_, rest)| matches!(rest.trim_start().chars().next(), Some('Z' | 'X') | None))
}

/// The server's working directory is its data directory. Where that cannot be read, the process must at least be
/// called `postgres` and be that of the data's owner: a number from before the last start of the machine may be anybody's.
fn serves(pid: u32, recorded: &Path, data: &Path) -> bool {
    if !is_alive(pid) {
        return false;
    }
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(working) => working == data,
        Err(_hidden) if Path::new("/proc/self").exists() => {
            recorded == data && is_postgres_of(pid, data)
        }
        Err(_no_proc) => recorded == data,
    }
}

fn is_postgres_of(pid: u32, data: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{pid}"));
    let owner = |path: &Path| fs::metadata(path).ok().map(|found| found.uid());
    fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim_end() == "postgres")
        && owner(&process).is_some()
        && owner(&process) == owner(data)
}

/// Whether the number is in use, also by a process that has ended and was not collected.
fn has_number(pid: Pid) -> bool {
    !matches!(
        rustix::process::test_kill_process(pid),
        Err(rustix::io::Errno::SRCH)
    )
}

/// Whether a child of a dead server still works on the data, and may use its memory.
fn has_children(data: &Path) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else {
        return true;
    };
    processes
        .filter_map(Result::ok)
        .any(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == data))
}

fn to_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_is_read_also_while_the_server_is_starting() {
        let whole = "4711\n/srv/data\n1700000000\n5433\n\n127.0.0.1\n  123 4\nready   \n";
        let expected = PidFile {
            pid: 4711,
            data: "/srv/data".into(),
            port: Some(5433),
            listens: true,
        };
        assert_eq!(PidFile::parse(whole), Some(expected));
        assert_eq!(PidFile::parse("4711\n/srv/data\n17").unwrap().port, None);
        let early = PidFile::parse("4711\n/srv/data\n1700000000\n5433\n\n").unwrap();
        assert_eq!((early.port, early.listens), (Some(5433), false));
        assert_eq!(PidFile::parse(""), None);
    }

    #[test]
    fn a_process_that_only_waits_to_be_collected_has_ended() {
        assert!(has_ended("12 (post) gres) Z 1 12"));
        assert!(!has_ended("12 (postgres) S 1 12"));
        assert!(has_ended(""));
    }

    #[test]
    fn the_number_of_another_living_process_is_no_server() {
        let data = tempfile::tempdir().unwrap();
        let data = data.path().canonicalize().unwrap();
        let text = format!("{}\n{}\n1\n5432\n", std::process::id(), data.display());
        fs::write(data.join("postmaster.pid"), text).unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(Postmaster::find(&data), None);
            assert_eq!(Postmaster::lost(&data), Some(std::process::id()));
            assert!(!data.join("postmaster.pid").exists());
        }
    }
}
