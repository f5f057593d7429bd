use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use howdah_secrets::generate;
use howdah_server::Request;
use tempfile::TempDir;

use crate::reaper::Reaper;
use crate::{Error, TestServer};

const STEP: &str = "starting a local test server";
const DEADLINE: Duration = Duration::from_mins(1);

/// Whether this machine has server binaries.
pub(crate) async fn is_there(environment: &BTreeMap<String, String>) -> bool {
    howdah_server::local_binaries(environment).await.is_some()
}

/// Starts a server without durability in a temporary directory.
pub(crate) async fn start(environment: &BTreeMap<String, String>) -> Result<TestServer, Error> {
    let directory = directory().map_err(Error::step(STEP))?;
    let password = generate().map_err(Error::step(STEP))?;
    let request = Request::throwaway(environment.clone());
    let lock = howdah_server::lock(directory.path(), DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    let server = howdah_server::start(&lock, &request, &password, &mut |_event| {})
        .await
        .map_err(|source| Error::NoServer {
            source: source.into(),
        })?;
    let stop = "kill -QUIT $(head -n 1 \"$1/data/postmaster.pid\"); rm -rf \"$(readlink -f \"$1/data\")\" \"$1\"";
    // From here on the directory is the reaper's: it has to stop the server before it removes the files.
    let path = directory.keep().display().to_string();
    let reaper = Reaper::spawn(stop, &[&path]).map_err(Error::step("starting the reaper"))?;
    TestServer::new(
        server.host(),
        server.port(),
        "postgres",
        password,
        Some(Box::new(reaper)),
    )
}

/// As root, the server runs as another user, who must be able to enter the directory.
fn directory() -> std::io::Result<TempDir> {
    let directory = tempfile::Builder::new().prefix("howdah-test-").tempdir()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711))?;
    }
    Ok(directory)
}
