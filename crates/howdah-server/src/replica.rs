//! What a replica needs of its primary: a slot, a role, a way to reach it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use howdah_config::Tls;
use howdah_ident::{DatabaseName, RoleName};
use howdah_pool::Login;
use howdah_secrets::Secret;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::cluster::Cluster;
use crate::context::Call;
use crate::deadline::{Deadline, Pause};
use crate::identity::Identity;
use crate::ready::Cause;
use crate::record::{Place, Record};
use crate::{Error, Request, primary};

/// A primary that does not answer keeps nobody from starting a replica that has its data.
const PATIENCE: Duration = Duration::from_secs(3);
/// A walreceiver tries again every five seconds.
const STREAMING: Duration = Duration::from_secs(20);
/// In the replica's directory: who it logs in to the primary as.
pub(crate) const PASSFILE: &str = "replica.pgpass";

/// The server that is replicated, as it was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upstream {
    /// The directory it was started in.
    pub(crate) directory: PathBuf,
    /// Where the replica reaches it: a container calls it by its name.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The role and the slot that belong to this replica.
    pub(crate) name: String,
    /// What a replica must not have less of than its primary:
    /// <https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN>
    pub(crate) at_least: BTreeMap<String, String>,
}

impl Upstream {
    /// The settings of the replica, where it reads its pass file in `place`.
    pub(crate) fn settings(&self, place: &Path, request: &Request) -> Vec<(String, String)> {
        let passfile = place.join(PASSFILE).display().to_string();
        let passfile = passfile.replace('\\', "\\\\").replace('\'', "\\'");
        let Self {
            host, port, name, ..
        } = self;
        let conninfo = format!(
            "host={host} port={port} user={name} application_name={name} passfile='{passfile}'"
        );
        let mut settings = vec![
            ("primary_conninfo".to_owned(), conninfo),
            ("primary_slot_name".to_owned(), name.clone()),
        ];
        let not_given =
            |(setting, _): &(&String, &String)| !request.settings.contains_key(*setting);
        let at_least = self.at_least.iter().filter(not_given);
        settings.extend(at_least.map(|(name, value)| (name.clone(), value.clone())));
        settings
    }

    /// Gives the primary back what it keeps for this replica: its slot holds the write-ahead log for ever. The replica
    /// is stopped. If the primary does not answer, its owner has to drop the slot.
    pub(crate) async fn release(&self, directory: &Path) {
        let released = async {
            let port = recorded_port(&self.directory).ok_or("it has no port")?;
            let login = self.own_login(port, directory)?;
            let deadline = Deadline::new(PATIENCE);
            let mut pause = Pause::new();
            // The primary notices the end of the replica a moment later.
            while let Err(error) = primary::drop_slot(&login, &self.name).await {
                if deadline.has_passed() {
                    return Err(error);
                }
                pause.wait().await;
            }
            Ok::<(), Cause>(())
        };
        match timeout(PATIENCE * 2, released).await {
            Ok(Ok(())) => {}
            other => tracing::warn!(
                "the primary in {} keeps the replication slot {}, and with it all of its write-ahead log: {other:?}",
                self.directory.display(),
                self.name
            ),
        }
    }

    fn own_login(&self, port: u16, directory: &Path) -> Result<Login, Cause> {
        let user = RoleName::new(self.name.as_str())?;
        let mut login = Login::local(
            port,
            DatabaseName::new("postgres")?,
            user,
            password(directory)?,
        );
        login.tls = Tls::default();
        Ok(login)
    }
}

/// The primary of what is to be started, with everything the replica needs of it; `None` if it is not to be a replica.
/// A replica that has its data is started again also without its primary.
pub(crate) async fn settle(
    call: &Call<'_>,
    record: Option<&Record>,
) -> Result<Option<Upstream>, Error> {
    let known = record.and_then(|record| record.upstream.as_ref());
    let wanted = match &call.request.primary {
        Some(directory) => {
            Some(fs::canonicalize(directory).map_err(Error::file("read", directory))?)
        }
        None => None,
    };
    let directory = match (known, wanted) {
        (None, None) => return Ok(None),
        (Some(known), None) => known.directory.clone(),
        (Some(known), Some(wanted)) if known.directory == wanted => wanted,
        (None, Some(wanted)) if record.is_none() => wanted,
        _ => return Err(other_server(call)),
    };
    let complete = record.is_some_and(|record| has_data(call, record));
    let limit = if complete {
        PATIENCE
    } else {
        call.deadline.remaining()
    };
    let found = timeout(limit, primary::prepare(call, &directory, complete)).await;
    match (found, known) {
        (Ok(Ok(upstream)), _) => Ok(Some(upstream)),
        (failed, Some(known)) if complete => {
            tracing::debug!(
                "the primary in {} is not asked: {failed:?}",
                directory.display()
            );
            Ok(Some(known.clone()))
        }
        (Ok(Err(error)), _) => Err(error),
        (Err(_elapsed), _) => Err(not_running(&directory, "does not answer")),
    }
}

/// The place of a replica that was never started: the primary's kind, on the same programs.
pub(crate) fn place(upstream: &Upstream, call: &Call<'_>) -> Result<Place, Error> {
    let Some(record) = Record::load(&upstream.directory)? else {
        return Err(not_running(&upstream.directory, "holds no server"));
    };
    Ok(match record.place {
        Place::Container {
            engine,
            address,
            image,
            ..
        } => Place::Container {
            engine,
            address,
            name: format!("howdah-{}", crate::name::project_name(call.directory)),
            image,
        },
        local @ Place::Local { .. } => local,
    })
}

/// Waits until the new replica follows its primary: one that answers may still have been refused by it.
pub(crate) async fn streams(call: &Call<'_>, port: u16) -> Result<(), Error> {
    let deadline = Deadline::new(STREAMING.min(call.deadline.remaining()));
    let mut pause = Pause::new();
    loop {
        let source = match timeout(deadline.remaining(), primary::is_streaming(call, port)).await {
            Ok(Ok(true)) => return Ok(()),
            Ok(Ok(false)) | Err(_) => None,
            Ok(Err(error)) => Some(error),
        };
        if deadline.has_passed() {
            return Err(Error::NotReady {
                why: "does not follow its primary".to_owned(),
                waited: call.deadline.elapsed(),
                log: Vec::new(),
                source,
            });
        }
        pause.wait().await;
    }
}

/// Removes what the replica knew of its primary.
pub(crate) fn forget(directory: &Path) -> Result<(), Error> {
    let path = directory.join(PASSFILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::file("remove", &path)(error))
        }
        _ => Ok(()),
    }
}

/// What the replica logs in to its primary with.
pub(crate) fn password(directory: &Path) -> Result<Secret, Error> {
    let path = directory.join(PASSFILE);
    let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    let (_, password) = text.trim_end().rsplit_once(':').unwrap_or_default();
    Ok(Secret::new(password))
}

/// The role and slot of the replica in this directory.
pub(crate) fn name(directory: &Path) -> String {
    format!("howdah_replica_{}", Identity::number(directory))
}

pub(crate) fn not_running(directory: &Path, problem: &str) -> Error {
    Error::Record {
        path: directory.to_owned(),
        problem: format!("{problem}, and is to be the primary of a new replica"),
        mend: "start the primary first".to_owned(),
        source: None,
    }
}

fn recorded_port(directory: &Path) -> Option<u16> {
    Record::load(directory).ok()??.port
}

fn has_data(call: &Call<'_>, record: &Record) -> bool {
    match record.place {
        Place::Local { .. } => {
            Cluster::locate(call.directory).is_ok_and(|cluster| cluster.exists())
        }
        Place::Container { .. } => record.version.is_some() && !record.unfinished,
    }
}

fn other_server(call: &Call<'_>) -> Error {
    Error::Record {
        path: Record::path(call.directory),
        problem: "describes another server than a replica of the primary that is named".to_owned(),
        mend: format!(
            "start the replica in a directory of its own, or {}",
            crate::error::START_OVER
        ),
        source: None,
    }
}
