use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cluster::Cluster;
use crate::container::Container;
use crate::engine::Engine;
use crate::log_tail::LogFile;
use crate::postmaster::Postmaster;
use crate::record::{Place, Record};
use crate::{Error, Tried, local};

/// How often a log is looked at while it is followed.
const PERIOD: Duration = Duration::from_millis(100);

/// Hands on the last `lines` lines of the server's log and, with `follow`, each further one until the server stops or
/// the future is dropped. No lock is needed, and nothing is changed.
///
/// A server logs statements that fail; if one of them held a password, so does the log.
///
/// # Errors
/// [`Error::NotFound`] if there is no server or its engine is gone, [`Error::Record`], [`Error::Command`] or
/// [`Error::File`].
pub async fn logs(
    directory: &Path,
    environment: &BTreeMap<String, String>,
    lines: usize,
    follow: bool,
    on_line: &mut (dyn FnMut(&str) + Send),
) -> Result<(), Error> {
    let directory = std::fs::canonicalize(directory).map_err(|_not_there| nothing(directory))?;
    let Some(record) = Record::load(&directory)? else {
        return Err(nothing(&directory));
    };
    match record.place {
        Place::Local { .. } => of_file(&directory, lines, follow, on_line).await,
        Place::Container {
            engine,
            address,
            name,
            image,
        } => {
            let engine = Engine::recorded(&engine, address.as_deref(), environment)?;
            let container = Container::new(engine, &name, &image);
            container.logs(lines, follow, on_line).await
        }
    }
}

async fn of_file(
    directory: &Path,
    lines: usize,
    follow: bool,
    on_line: &mut (dyn FnMut(&str) + Send),
) -> Result<(), Error> {
    let path: PathBuf = local::log_path(directory);
    let mut file = LogFile::open(&path, lines).map_err(Error::file("read", &path))?;
    let data = Cluster::locate(directory)?.data().to_owned();
    let mut server = None;
    loop {
        // Asked first: what the server wrote last is read after its end. It removes its pid file before it says that it
        // is shut down (`UnlinkLockFiles` of miscinit.c), so its process is what counts.
        server = Postmaster::find(&data).or(server);
        let runs = server.as_ref().is_some_and(Postmaster::is_alive);
        let ends = !follow || !runs;
        file.read(on_line).map_err(Error::file("read", &path))?;
        if ends {
            return Ok(());
        }
        tokio::time::sleep(PERIOD).await;
    }
}

fn nothing(directory: &Path) -> Error {
    Error::NotFound {
        wanted: "server with a log",
        tried: vec![Tried::new(
            directory.display().to_string(),
            "no server was started there",
            "`cargo xtask db-up`",
        )],
    }
}
