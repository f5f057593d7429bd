use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use howdah_server::DirectoryLock;
use tempfile::TempDir;

use super::Error;
use crate::reaper::Reaper;

/// A server may have to be initialised first, on a busy machine.
pub(crate) const START: Duration = Duration::from_mins(1);

/// A directory for a server or a pooler, removed together with its process when this value or this process ends.
#[derive(Debug)]
pub(crate) struct Home {
    directory: String,
    _reaper: Reaper,
}

impl Home {
    /// `end` is a shell command that ends the process; the directory is `$1`.
    pub(crate) fn new(end: &str) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("howdah-fault-").tempdir()?;
        let path = directory.path().display().to_string();
        let remove =
            "rm -rf \"$(readlink -f \"$1/data\")\" \"$(readlink -f \"$1/pgbouncer\")\" \"$1\"";
        let reaper = Reaper::spawn(&format!("{end}; {remove}"), &[&path])?;
        open_for_all(&directory)?;
        // From here on the directory is the reaper's: it has to end the process before it removes the files.
        let _kept = directory.keep();
        Ok(Self {
            directory: path,
            _reaper: reaper,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        Path::new(&self.directory)
    }

    pub(crate) async fn lock(&self) -> Result<DirectoryLock, Error> {
        howdah_server::lock(self.path(), START)
            .await
            .map_err(Error::step("locking the directory of a server"))
    }
}

/// As root, the server runs as another user, who must be able to enter the directory.
fn open_for_all(directory: &TempDir) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711))
}

/// Tests are run by a person or by CI; their environment is how both choose the server's binaries.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no caller that could hand the environment over"
)]
pub(crate) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
