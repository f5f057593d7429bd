use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use howdah_secrets::{Secret, generate};
use howdah_server::{Request, Server};

use crate::shared::place::{for_data, target};
use crate::shared::{Membership, Record};
use crate::wanted::Choice;
use crate::{Error, reap, relation_cache, share, variables};

const STEP: &str = "starting a local test server";
const DEADLINE: Duration = Duration::from_mins(1);

/// Whether this machine has server binaries, of the version if one is asked for.
pub(crate) async fn is_there(choice: &Choice) -> bool {
    howdah_server::local_binaries(variables::environment())
        .await
        .is_some_and(|(_, newest)| choice.version.is_none_or(|major| major == newest))
}

/// Starts it: from what an earlier run with this key left in the cache, or from nothing. A server that crashed is started again
/// where it was.
pub(crate) async fn ensure(
    membership: &Membership,
    key: Option<&str>,
    choice: &Choice,
) -> Result<(Record, Secret), Error> {
    let version = choice.version;
    let meeting_point = membership.directory();
    if let Ok(directory) = fs::read_to_string(meeting_point.join("data"))
        && let Ok(password) = fs::read_to_string(meeting_point.join("password"))
        && Path::new(&directory).is_dir()
    {
        let password = Secret::new(password);
        let server = launch(Path::new(&directory), version, None, &password).await?;
        return Ok((record(&server), password));
    }
    let directory = for_data("howdah-test-")?;
    membership.tell_supervisor("data", &directory.display().to_string())?;
    let cache = key.and_then(|key| Some(target()?.join("howdah-testkit").join(key)));
    if let Some(cache) = &cache {
        membership.tell_supervisor("cache", &cache.display().to_string())?;
        if let Some(found) = from_cache(membership, &directory, version, cache).await? {
            return Ok(found);
        }
    }
    let password = generate().map_err(Error::step(STEP))?;
    membership.tell_supervisor("password", password.expose())?;
    let server = launch(&directory, version, None, &password).await?;
    Ok((record(&server), password))
}

fn record(server: &Server) -> Record {
    Record {
        port: server.port(),
        pid: server.pid(),
        container: None,
    }
}

/// `None`: nothing is there, or nothing that can be used. It is made anew at the end of this run.
async fn from_cache(
    membership: &Membership,
    directory: &Path,
    version: Option<u16>,
    cache: &Path,
) -> Result<Option<(Record, Secret)>, Error> {
    let Ok(password) = fs::read_to_string(cache.join("password")) else {
        return Ok(None);
    };
    membership.tell_supervisor("password", &password)?;
    let password = Secret::new(password);
    let seed = cache.join("data");
    match launch(directory, version, Some(seed.clone()), &password).await {
        Ok(server) => {
            // Without it, sessions only take longer.
            if let Err(error) = relation_cache::put_back(&seed, &directory.join("data")) {
                tracing::debug!(%error, "no relation caches");
            }
            let login = share::login(server.port(), password.clone())?;
            reap::forget_uncopied(&login).await?;
            Ok(Some((record(&server), password)))
        }
        Err(error) => {
            tracing::debug!(%error, "the cached data directory cannot be used");
            for path in [cache, directory] {
                fs::remove_dir_all(path).map_err(Error::step(STEP))?;
            }
            fs::create_dir(directory).map_err(Error::step(STEP))?;
            Ok(None)
        }
    }
}

async fn launch(
    directory: &Path,
    version: Option<u16>,
    seed: Option<PathBuf>,
    password: &Secret,
) -> Result<Server, Error> {
    let mut request = Request::throwaway(variables::environment().clone());
    request.version = version;
    // In the data directory, and so gone with it, even when the server was killed.
    let settings = &mut request.settings;
    settings.insert("dynamic_shared_memory_type".to_owned(), "mmap".to_owned());
    // The log lives in memory, too.
    settings.insert("max_wal_size".to_owned(), "256MB".to_owned());
    request.seed = seed;
    let lock = howdah_server::lock(directory, DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    howdah_server::start(&lock, &request, password, &mut |_event| {})
        .await
        .map_err(|source| Error::NoServer {
            source: source.into(),
        })
}
