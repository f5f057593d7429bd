//! A server from binaries of this computer.

mod launch;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::launch::Launch;
use crate::binaries::Binaries;
use crate::cluster::Cluster;
use crate::context::{Call, Context};
use crate::postmaster::Postmaster;
use crate::record::{Place, Record};
use crate::server::{Facts, Running};
use crate::start::other_version;
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
        check_major(cx, &record, &cluster)?;
    } else {
        record.save(cx.directory)?;
        let programs = Binaries {
            directory: binaries.clone(),
            major,
        };
        cluster.create(cx, &programs).await?;
        created = true;
    }
    log_directory(cx.directory)?;
    let mut launch = Launch {
        cluster: &cluster,
        binaries: &binaries,
        log: log_path(cx.directory),
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
        tls: cx.files.has_tls(),
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
        Some(_) if record.files != cx.files.fingerprint() => {
            "its configuration files changed".to_owned()
        }
        Some(_) if record.upstream.as_ref() != cx.upstream => "its primary changed".to_owned(),
        Some(port) => return Ok(Some((running, port))),
    };
    cx.tell(Event::Restarted { why: &why });
    running
        .stop(cx.request.throwaway, cx.deadline.remaining())
        .await?;
    Ok(None)
}

fn check_major(call: &Call<'_>, record: &Record, cluster: &Cluster) -> Result<(), Error> {
    let (Some(found), Place::Local { major, binaries }) = (cluster.major(), &record.place) else {
        return Ok(());
    };
    if found == *major {
        return Ok(());
    }
    Err(Error::Record {
        path: cluster.data().to_owned(),
        problem: format!(
            "was made by PostgreSQL {found}, which {major} in {} cannot read",
            binaries.display()
        ),
        mend: other_version(call.directory, record, found, *major),
        source: None,
    })
}

pub(crate) fn log_path(directory: &Path) -> PathBuf {
    directory.join("log/postgres.log")
}

fn log_directory(directory: &Path) -> Result<(), Error> {
    let logs = directory.join("log");
    fs::create_dir_all(&logs).map_err(Error::file("create", &logs))
}

fn not_local(call: &Call<'_>) -> Error {
    Error::Record {
        path: Record::path(call.directory),
        problem: "does not describe a local server".to_owned(),
        mend: crate::error::START_OVER.to_owned(),
        source: None,
    }
}
