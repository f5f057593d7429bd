//! PgBouncer in front of a server, as a process of this computer.

mod config;
mod home;
mod install;
mod launch;
mod process;
mod request;

use std::path::{Path, PathBuf};
use std::time::Duration;

use howdah_ident::{DatabaseName, RoleName};
use howdah_pool::Login;
use howdah_secrets::Secret;

pub use self::request::{PoolMode, PoolerRequest};

use self::config::Config;
use self::home::Home;
use self::process::Process;
use crate::context::{Call, Context};
use crate::deadline::Deadline;
use crate::files::Files;
use crate::{DirectoryLock, Error, Event, Request, Stopped};

/// A running pooler. Dropping it does not stop it: see [`stop_pooler`].
#[derive(Debug)]
pub struct Pooler {
    pub(crate) port: u16,
    pub(crate) pid: u32,
    pub(crate) started: bool,
    pub(crate) version: String,
}

/// What is known of the pooler of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolerStatus {
    /// The port it listens on, or listened on last.
    pub port: u16,
    /// Its process, if it runs.
    pub pid: Option<u32>,
    /// Its log.
    pub log: PathBuf,
}

impl Pooler {
    /// Always `127.0.0.1`.
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it was this call that started it.
    pub fn started(&self) -> bool {
        self.started
    }

    /// The version of PgBouncer. From 1.21 on it knows prepared statements of other modes than `session`; from 1.20 on
    /// it hands on what a login puts into `options`, such as time limits and the search path.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How `user` reaches `database` through it. It offers no TLS, and listens to this computer only.
    pub fn login(&self, database: DatabaseName, user: RoleName, password: Secret) -> Login {
        Login::local(self.port, database, user, password)
    }
}

/// Makes a pooler run in front of a server, whatever state it is in: not there, running, running with other settings,
/// killed. The directory is one of its own, beside that of the server.
///
/// # Errors
/// - [`Error::NotFound`]: there is no PgBouncer, and none can be installed.
/// - [`Error::NotReady`]: it ended, or a query through it failed; the last lines of its log.
/// - [`Error::Record`]: a name or password that it cannot be told.
/// - [`Error::PortTaken`], [`Error::Command`], [`Error::File`] or [`Error::Busy`].
pub async fn start_pooler(
    lock: &DirectoryLock,
    request: &PoolerRequest,
    on_event: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<Pooler, Error> {
    let mut general = Request::new(request.environment.clone());
    general.port = request.port;
    general.install = request.install;
    general.deadline = request.deadline;
    let files = Files::default();
    let call = Call {
        directory: lock.directory(),
        request: &general,
        password: &Secret::new(""),
        files: &files,
        upstream: None,
        deadline: Deadline::new(request.deadline),
    };
    let mut cx = Context { call, on_event };
    let program = install::find_or_install(&mut cx).await?;
    let home = Home::locate(cx.directory)?;
    home.make()?;
    launch::start(&mut cx, request, &home, &program).await
}

/// Stops the pooler, if it runs; `wipe` removes its files too. Clients are sent away, and open transactions end.
///
/// # Errors
/// [`Error::Busy`] if it does not end, or [`Error::File`].
pub async fn stop_pooler(
    lock: &DirectoryLock,
    wipe: bool,
    deadline: Duration,
) -> Result<Stopped, Error> {
    let home = Home::locate(lock.directory())?;
    let running = Process::find(&home);
    if let Some(process) = &running {
        process.stop(deadline).await?;
    }
    if wipe {
        home.remove()?;
    }
    Ok(Stopped {
        stopped: running.is_some(),
        wiped: wipe,
    })
}

/// What is known of the pooler of `directory`; `None` if there never was one. Nothing is changed, and no lock needed.
///
/// # Errors
/// [`Error::File`] or [`Error::NotFound`].
pub fn pooler_status(directory: &Path) -> Result<Option<PoolerStatus>, Error> {
    let Ok(directory) = std::fs::canonicalize(directory) else {
        return Ok(None);
    };
    let home = Home::locate(&directory)?;
    Ok(Config::port_in(&home).map(|port| PoolerStatus {
        port,
        pid: Process::find(&home).map(|process| process.pid),
        log: home::log(&directory),
    }))
}
