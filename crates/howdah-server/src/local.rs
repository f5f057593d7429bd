//! A server from binaries of this computer.

mod launch;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::launch::Launch;
use crate::cluster::Cluster;
use crate::context::{Call, Context};
use crate::postmaster::Postmaster;
use crate::record::{Place, Record};
use crate::server::{Facts, Running};
use crate::{Error, Event, Server, log_tail, port};

/// What is kept of a running local server.
#[derive(Debug)]
pub(crate) struct Local {
    data: PathBuf,
    log: PathBuf,
}

impl Local {
    pub(crate) fn pid(&self) -> Option<u32> {
        Postmaster::find(&self.data).map(|postmaster| postmaster.pid)
    }

    pub(crate) fn log_tail(&self, lines: usize) -> Vec<String> {
        log_tail::of_file(&self.log, 0, lines)
    }
}

/// Makes it run, whatever state it is in. `record.place` is local.
pub(crate) async fn start(cx: &mut Context<'_>, mut record: Record) -> Result<Server, Error> {
    let Place::Local { major, binaries } = record.place.clone() else {
        return Err(not_local(cx));
    };
    let mut cluster = Cluster::locate(cx.directory)?;
    let mut created = false;
    if cluster.exists() {
        check_major(&cluster, major, &binaries)?;
    } else {
        record.save(cx.directory)?;
        cluster.create(cx, &binaries).await?;
        created = true;
    }
    let mut launch = Launch {
        cluster: &cluster,
        binaries: &binaries,
        log: log_path(cx.directory)?,
    };
    let running = match Postmaster::find(cluster.data()) {
        Some(running) => keep_or_stop(cx, &record, running).await?,
        None => None,
    };
    let (port, answer, started) = if let Some((running, port)) = running {
        (port, launch.adopt(cx, &running, port).await?, false)
    } else {
        let (port, answer) = launch.launch(cx, &mut record).await?;
        (port, answer, true)
    };
    record.remember(cx.directory, cx.request, port, answer.version)?;
    if created && !cx.request.throwaway {
        launch.write_through(cx);
    }
    let facts = Facts {
        version: answer.version,
        port,
        started,
        created,
    };
    let local = Local {
        data: cluster.data().to_owned(),
        log: launch.log,
    };
    Ok(Server::new(Running::Local(local), facts))
}

/// Stops it, if it runs.
pub(crate) async fn stop(directory: &Path, at_once: bool, limit: Duration) -> Result<bool, Error> {
    let cluster = Cluster::locate(directory)?;
    let Some(running) = Postmaster::find(cluster.data()) else {
        return Ok(false);
    };
    running.stop(at_once, limit).await?;
    Ok(true)
}

/// Removes its data and logs. It must be stopped.
pub(crate) async fn wipe(directory: &Path) -> Result<(), Error> {
    Cluster::locate(directory)?.wipe().await?;
    let log = directory.join("log");
    match fs::remove_dir_all(&log) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::file("remove", &log)(error))
        }
        _ => Ok(()),
    }
}

/// A running server stays if it is what is wanted; otherwise it is stopped, and `None` says to start it.
async fn keep_or_stop(
    cx: &mut Context<'_>,
    record: &Record,
    running: Postmaster,
) -> Result<Option<(Postmaster, u16)>, Error> {
    let port = running.port.or(record.port);
    let why = match port {
        None => "it was interrupted while starting".to_owned(),
        Some(port) if !port::suits(cx.request.port, record, port) => {
            format!("it listens on port {port}, and another one is wanted")
        }
        Some(_) if record.settings != cx.request.settings => "its settings changed".to_owned(),
        Some(port) => return Ok(Some((running, port))),
    };
    cx.tell(Event::Restarted { why: &why });
    running
        .stop(cx.request.throwaway, cx.deadline.remaining())
        .await?;
    Ok(None)
}

fn check_major(cluster: &Cluster, major: u16, binaries: &Path) -> Result<(), Error> {
    match cluster.major() {
        Some(found) if found != major => Err(other_major(cluster, found, major, binaries)),
        _ => Ok(()),
    }
}

fn other_major(cluster: &Cluster, found: u16, wanted: u16, binaries: &Path) -> Error {
    Error::Record {
        path: cluster.data().to_owned(),
        problem: format!(
            "was made by PostgreSQL {found}, which {wanted} in {} cannot read",
            binaries.display()
        ),
        mend: crate::start::other_version(found, wanted),
        source: None,
    }
}

fn log_path(directory: &Path) -> Result<PathBuf, Error> {
    let logs = directory.join("log");
    fs::create_dir_all(&logs).map_err(Error::file("create", &logs))?;
    Ok(logs.join("postgres.log"))
}

fn not_local(call: &Call<'_>) -> Error {
    Error::Record {
        path: Record::path(call.directory),
        problem: "does not describe a local server".to_owned(),
        mend: crate::error::START_OVER.to_owned(),
        source: None,
    }
}
