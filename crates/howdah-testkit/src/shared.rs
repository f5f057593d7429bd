//! One server for all test processes of a checkout.
//!
//! The processes meet in a directory. Each holds a shared lock on the file `users` there as long as it lives; whoever
//! finds no server starts one, under the lock on `start`. A supervisor waits until it alone can have the lock on
//! `users`, and then stops the server. The kernel gives locks back however a process ends, so nothing depends on
//! destructors or signal handlers.

pub(crate) mod place;
mod record;
mod supervisor;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::time::sleep;

pub(crate) use self::record::{Record, write_private};
use crate::Error;

const STEP: &str = "joining the shared test server";
/// A start that is under way in another process, an image that is being pulled included.
const DEADLINE: Duration = Duration::from_mins(15);
const PAUSE: Duration = Duration::from_millis(2);
/// What a server says when it ends, and what it said before.
const LOG_LINES: usize = 8;

/// The right to use a shared server, for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Membership {
    directory: PathBuf,
    _users: File,
}

/// Nobody else of this server's users starts, stops or repairs it while this value lives.
#[derive(Debug)]
pub(crate) struct StartLock {
    _file: File,
}

impl Membership {
    /// Becomes a user of the server that `key` stands for, whether it runs or not.
    pub(crate) async fn join(key: &str) -> Result<Self, Error> {
        let end = Instant::now() + DEADLINE;
        loop {
            let directory = place::meeting_point(key)?;
            let users = match open(&directory.join("users")) {
                // A supervisor has just removed the directory.
                Err(error) if error.kind() == io::ErrorKind::NotFound && Instant::now() < end => {
                    sleep(PAUSE).await;
                    continue;
                }
                opened => opened.map_err(Error::step(STEP))?,
            };
            let path = directory.join("users");
            wait(end, || users.try_lock_shared()).await?;
            if is_still(&users, &path) {
                return Ok(Self {
                    directory,
                    _users: users,
                });
            }
        }
    }

    /// The directory that the users meet in.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Takes the lock under which the server is started.
    pub(crate) async fn start_lock(&self) -> Result<StartLock, Error> {
        let file = open(&self.directory.join("start")).map_err(Error::step(STEP))?;
        wait(Instant::now() + DEADLINE, || file.try_lock()).await?;
        Ok(StartLock { _file: file })
    }

    /// Whether somebody will stop the server.
    pub(crate) fn is_supervised(&self) -> bool {
        supervisor::is_alive(&self.directory)
    }

    /// Makes sure that somebody will stop the server.
    pub(crate) fn supervise(&self, _lock: &StartLock, linger: Duration) -> Result<(), Error> {
        supervisor::ensure(&self.directory, linger)
            .map_err(Error::step("starting the supervisor of the test server"))
    }

    /// Servers of dead processes whose supervisors were killed with them get others, which end them.
    pub(crate) fn supervise_orphans(&self) {
        let Some(directories) = self
            .directory
            .parent()
            .and_then(|root| fs::read_dir(root).ok())
        else {
            return;
        };
        for directory in directories.filter_map(|entry| Some(entry.ok()?.path())) {
            let is_other = directory != self.directory && directory.join("users").is_file();
            if is_other && !supervisor::is_alive(&directory) && is_unused(&directory) {
                let ensured = supervisor::ensure(&directory, Duration::ZERO);
                tracing::debug!(?ensured, ?directory, "a server without a supervisor");
            }
        }
    }

    /// What the supervisor has to know, in files that a shell can read.
    pub(crate) fn tell_supervisor(&self, file: &str, text: &str) -> Result<(), Error> {
        let path = self.directory.join(file);
        write_private(&path, text).map_err(Error::step(STEP))
    }

    /// Of the file system that holds the server's data; `None`: it is in a container.
    pub(crate) fn free_space(&self) -> Option<u64> {
        let data = fs::read_to_string(self.directory.join("data")).ok()?;
        place::free_space(Path::new(&data))
    }

    /// The end of the server's log, or where it is to be found.
    pub(crate) async fn last_words(&self) -> String {
        let read = |name| fs::read_to_string(self.directory.join(name)).ok();
        if let Some(container) = read("container") {
            return format!("`docker logs {}` has its log", container.trim());
        }
        let mut words = "the last lines of its log:".to_owned();
        let mut on_line = |line: &str| {
            words.push_str("\n    ");
            words.push_str(line);
        };
        let data = PathBuf::from(read("data").unwrap_or_default());
        let none = BTreeMap::new();
        match howdah_server::logs(&data, &none, LOG_LINES, false, &mut on_line).await {
            Ok(()) => words,
            Err(error) => format!("its log cannot be read: {error}"),
        }
    }

    /// That a database is kept: the server stays for it.
    pub(crate) fn hold_for_kept(&self) -> Result<(), Error> {
        // Its time is what counts, and any number of processes may set it at once.
        fs::write(self.directory.join("kept"), "kept\n").map_err(Error::step(STEP))
    }
}

/// A user holds the lock as long as it lives, one that is just starting the server too.
fn is_unused(directory: &Path) -> bool {
    File::open(directory.join("users")).is_ok_and(|users| users.try_lock().is_ok())
}

fn open(path: &Path) -> io::Result<File> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// Whether the path still leads to the file that is locked.
fn is_still(file: &File, path: &Path) -> bool {
    let (Ok(opened), Ok(there)) = (file.metadata(), fs::metadata(path)) else {
        return false;
    };
    (opened.dev(), opened.ino()) == (there.dev(), there.ino())
}

async fn wait(end: Instant, lock: impl Fn() -> Result<(), TryLockError>) -> Result<(), Error> {
    loop {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(Error::step(STEP)(error)),
            Err(TryLockError::WouldBlock) if Instant::now() >= end => {
                let why = format!("another process holds its lock, still after {DEADLINE:?}");
                return Err(Error::step(STEP)(why));
            }
            Err(TryLockError::WouldBlock) => sleep(PAUSE).await,
        }
    }
}
