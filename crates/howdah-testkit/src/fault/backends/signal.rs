use std::fs;
use std::io;
use std::path::Path;

use howdah_pool::Login;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::Row;
use sqlx::postgres::PgConnection;

use crate::fault::Error;

/// How far apart the two times may be at which a server says it was started.
const SAME_START: i64 = 5;

/// Processes of a server that runs on this machine; at least one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Processes(Vec<Pid>);

/// Processes that stand still until this is dropped.
#[derive(Debug)]
#[must_use = "the processes go on when this is dropped"]
pub struct Frozen(Processes);

impl Processes {
    /// The server's numbers mean something else in a container and on another machine, so it is made sure that each of
    /// these is a child of this very server.
    pub(crate) async fn find(
        login: &Login,
        connection: &mut PgConnection,
        pids: Vec<i32>,
    ) -> Result<Self, Error> {
        let row = sqlx::query(
            "select current_setting('data_directory'), \
             extract(epoch from pg_catalog.pg_postmaster_start_time())::bigint",
        )
        .fetch_one(connection)
        .await;
        let read = row.and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        let (directory, started): (String, i64) =
            read.map_err(Error::step("asking the server where it runs"))?;
        if pids.is_empty() {
            return Err(no_process("there is no such session".to_owned()));
        }
        let found = pids.into_iter().map(|pid| {
            let process = Pid::from_raw(pid).ok_or_else(|| format!("{pid} is no process"))?;
            is_child_of(pid, &directory, started).map(|()| process)
        });
        let found: Result<Vec<Pid>, String> = found.collect();
        found
            .map(Self)
            .map_err(|why| no_process(format!("{why}, so {} is elsewhere", login.target())))
    }

    /// All processes of the server of this data directory: it is their working directory.
    pub(crate) fn in_directory(data: &Path) -> Result<Self, Error> {
        let nothing = |error: io::Error| no_process(format!("{} ({error})", data.display()));
        let data = data.canonicalize().map_err(nothing)?;
        let mut pids = Vec::new();
        for process in fs::read_dir("/proc").map_err(nothing)?.flatten() {
            let pid = process
                .file_name()
                .to_str()
                .and_then(|pid| pid.parse().ok());
            let cwd = fs::read_link(process.path().join("cwd"));
            if cwd.is_ok_and(|cwd| cwd == data) {
                pids.extend(pid.and_then(Pid::from_raw));
            }
        }
        pids.sort_by_key(|pid: &Pid| pid.as_raw_pid());
        if pids.is_empty() {
            return Err(no_process(format!("none works in {}", data.display())));
        }
        Ok(Self(pids))
    }

    /// One whose number is known.
    pub(crate) fn one(pid: u32) -> Result<Self, Error> {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| no_process("it has no number".to_owned()))?;
        Ok(Self(vec![pid]))
    }

    pub(crate) fn kill(&self) -> Result<(), Error> {
        for pid in &self.0 {
            match kill_process(*pid, Signal::KILL) {
                Ok(()) | Err(Errno::SRCH) => {}
                Err(error) => return Err(Error::step("killing a server's process")(error)),
            }
        }
        Ok(())
    }

    pub(crate) fn kill_first(&self) -> Result<(), Error> {
        self.0
            .iter()
            .take(1)
            .try_for_each(|pid| kill_process(*pid, Signal::KILL))
            .map_err(Error::step("killing a session's process"))
    }

    pub(crate) fn freeze(self) -> Result<Frozen, Error> {
        // Made first: those that are stopped go on even if one cannot be stopped.
        let frozen = Frozen(self);
        frozen
            .0
            .0
            .iter()
            .try_for_each(|pid| kill_process(*pid, Signal::STOP))
            .map_err(Error::step("stopping a process"))?;
        Ok(frozen)
    }
}

impl Frozen {
    pub(crate) fn processes(&self) -> &Processes {
        &self.0
    }

    /// Takes the place of one for some of the same processes, which must not go on.
    pub(crate) fn instead_of(self, mut other: Self) -> Self {
        other.0.0.clear();
        self
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for pid in &self.0.0 {
            // One that was ended meanwhile does not go on.
            let _ended = kill_process(*pid, Signal::CONT);
        }
    }
}

fn is_child_of(pid: i32, directory: &str, started: i64) -> Result<(), String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .map_err(|error| format!("process {pid} cannot be seen ({error})"))?;
    let parent = status
        .lines()
        .find_map(|line| line.strip_prefix("PPid:"))
        .map_or("", str::trim);
    // The server may have a root directory of its own.
    let root = format!("/proc/{parent}/root");
    let directory = directory.trim_start_matches('/');
    let path = Path::new(&root).join(directory).join("postmaster.pid");
    let text = fs::read_to_string(path)
        .map_err(|error| format!("the parent of process {pid} is not the server ({error})"))?;
    let mut lines = text.lines();
    let is_parent = lines.next().map(str::trim) == Some(parent);
    let start = lines
        .nth(1)
        .and_then(|line| line.trim().parse::<i64>().ok());
    let is_same = start.is_some_and(|start| (start - started).abs() <= SAME_START);
    if is_parent && is_same {
        return Ok(());
    }
    Err(format!("the parent of process {pid} is another server"))
}

fn no_process(why: String) -> Error {
    Error::NoSuchProcess { why }
}
