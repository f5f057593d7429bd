use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cluster::Cluster;
use crate::container::Container;
use crate::engine::Engine;
use crate::identity::Identity;
use crate::postmaster::Postmaster;
use crate::record::{Place, Record};
use crate::{Backend, Error, Version};

/// What is recorded of a server, and whether it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Container or local.
    pub backend: Backend,
    /// `None`: it never answered.
    pub version: Option<Version>,
    /// The port it listens on, or listened on last. `None`: it never did.
    pub port: Option<u16>,
    /// Whether it runs. That it answers is found out by a login.
    pub running: bool,
    /// The process of a local server that runs.
    pub pid: Option<u32>,
    /// The data directory of a local server.
    pub data: Option<PathBuf>,
    /// The directory of a local server's programs.
    pub binaries: Option<PathBuf>,
    /// The directory of the server it was made as a replica of. It may have been promoted since.
    pub primary: Option<PathBuf>,
    /// The container.
    pub container: Option<String>,
    /// Its image.
    pub image: Option<String>,
    /// `docker` or `podman`, with the address that is needed to reach it.
    pub engine: Option<(String, Option<String>)>,
}

/// What is known of the server of `directory`; `None` if there never was one. Nothing is changed, and no lock needed.
///
/// # Errors
/// [`Error::Record`] if what is recorded cannot be read, [`Error::NotFound`] or [`Error::Command`] if the recorded
/// engine cannot be asked, [`Error::File`].
pub async fn status(
    directory: &Path,
    environment: &BTreeMap<String, String>,
) -> Result<Option<Status>, Error> {
    let Ok(directory) = std::fs::canonicalize(directory) else {
        return Ok(None);
    };
    if Identity::is_unsettled_copy(&directory) {
        return Ok(None);
    }
    let Some(record) = Record::load(&directory)? else {
        return Ok(None);
    };
    let status = Status {
        backend: record.backend(),
        version: record.version,
        port: record.port,
        running: false,
        pid: None,
        data: None,
        binaries: None,
        primary: record.upstream.map(|upstream| upstream.directory),
        container: None,
        image: None,
        engine: None,
    };
    match record.place {
        Place::Local { binaries, .. } => local(status, &directory, binaries).map(Some),
        Place::Container {
            engine,
            address,
            name,
            image,
        } => {
            let found = Engine::recorded(&engine, address.as_deref(), environment)?;
            let running = Container::new(found, &name, &image).is_running().await?;
            Ok(Some(Status {
                running,
                container: Some(name),
                image: Some(image),
                engine: Some((engine, address)),
                ..status
            }))
        }
    }
}

fn local(status: Status, directory: &Path, binaries: PathBuf) -> Result<Status, Error> {
    let cluster = Cluster::locate(directory)?;
    let postmaster = Postmaster::find(cluster.data());
    Ok(Status {
        running: postmaster.is_some(),
        pid: postmaster.map(|postmaster| postmaster.pid),
        data: Some(cluster.data().to_owned()),
        binaries: Some(binaries),
        ..status
    })
}
