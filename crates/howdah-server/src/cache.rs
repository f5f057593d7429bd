//! Data directories as `initdb` makes them, kept so that it runs once for each version and not for each server.
//!
//! An entry is `<name>/data` with `<name>/complete` beside it. Whoever copies holds the lock of the entry together with
//! others, whoever makes it holds it alone. Nothing here makes a start fail: the worst is that `initdb` runs.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Error;
use crate::account::Account;
use crate::context::Call;
use crate::copy_tree::{Copied, copy_tree};
use crate::deadline::{Deadline, Pause};
use crate::initdb::{ARGUMENTS, LOCALES};
use crate::name::{attempt, fingerprint};
use crate::process::Program;

/// How long somebody else may take to make the entry before it is done without.
const PATIENCE: Duration = Duration::from_secs(20);
/// Asking a program for its version.
const QUESTION: Duration = Duration::from_secs(5);
const DRAFT: &str = ".new";

/// One entry, whether it is there or not.
#[derive(Debug)]
pub(crate) struct Cache {
    root: PathBuf,
    name: String,
    /// The exact version of the programs.
    made_by: String,
}

/// The lock of an entry; dropping it, or the end of the process, gives it back.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "its drop is what counts")] File);

/// What to do with an entry while its lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    ToCopy,
    ToMake,
}

impl Cache {
    /// `None`: there is no cache, or none to trust.
    pub(crate) async fn open(call: &Call<'_>, binaries: &Path) -> Option<Self> {
        let root = call.request.cache.as_ref()?;
        if let Err(why) = own_directory(root) {
            tracing::debug!("{} is not used as a cache: {why}", root.display());
            return None;
        }
        let program = Program::server(binaries.join("postgres"), &call.request.environment);
        let answer = program.arg("--version").output(QUESTION).await.ok()?;
        Some(Self {
            root: root.clone(),
            name: name(call, binaries),
            made_by: answer.stdout.trim().to_owned(),
        })
    }

    /// `None`: it cannot be had, or not in time.
    pub(crate) async fn hold(&self, call: &Call<'_>, hold: Hold) -> Option<Held> {
        let path = self.root.join(format!("{}.lock", self.name));
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let file = match options.open(&path) {
            Ok(file) => file,
            Err(error) => {
                tracing::debug!("no cache of data directories: {}: {error}", path.display());
                return None;
            }
        };
        // Half of the time is left for doing it without.
        let deadline = Deadline::new(PATIENCE.min(call.deadline.remaining() / 2));
        let mut pause = Pause::new();
        loop {
            let locked = match hold {
                Hold::ToCopy => file.try_lock_shared(),
                Hold::ToMake => file.try_lock(),
            };
            match locked {
                Ok(()) => return Some(Held(file)),
                Err(TryLockError::WouldBlock) if !deadline.has_passed() => pause.wait().await,
                Err(error) => {
                    tracing::debug!("no cache of data directories: {}: {error}", path.display());
                    return None;
                }
            }
        }
    }

    /// Where the data is, if it is complete and of this version.
    pub(crate) fn data(&self, _held: &Held) -> Option<PathBuf> {
        self.expected().map(|_| self.entry().join("data"))
    }

    /// Copies it to `draft`.
    pub(crate) async fn copy_to(
        &self,
        _held: &Held,
        draft: &Path,
        account: Option<&Account>,
        limit: Duration,
    ) -> Result<(), Error> {
        let from = self.entry().join("data");
        let copied = copy_tree(&from, draft, account, limit).await?;
        if Some(copied) == self.expected() {
            return Ok(());
        }
        Err(Error::file("copy", &from)(std::io::Error::other(
            "some of it is missing",
        )))
    }

    /// Keeps a copy of `fresh`. The lock is held [`Hold::ToMake`].
    pub(crate) async fn store(&self, _held: &Held, fresh: &Path, limit: Duration) {
        if let Err(error) = self.try_store(fresh, limit).await {
            tracing::debug!("the data directory is not kept for the next server: {error}");
        }
    }

    async fn try_store(&self, fresh: &Path, limit: Duration) -> Result<(), Error> {
        self.clear();
        let draft = format!("{}{DRAFT}-{}", self.name, attempt());
        let draft = self.root.join(draft);
        let made = fs::DirBuilder::new().mode(0o700).create(&draft);
        made.map_err(Error::file("create", &draft))?;
        let copied = copy_tree(fresh, &draft.join("data"), None, limit).await?;
        let complete = draft.join("complete");
        let text = format!("{} {}\n{}\n", copied.files, copied.bytes, self.made_by);
        fs::write(&complete, text).map_err(Error::file("write", &complete))?;
        fs::rename(&draft, self.entry()).map_err(Error::file("rename", &draft))
    }

    /// Removes an entry that could not be used, and what interrupted attempts left: nobody else is at work here.
    fn clear(&self) {
        let Ok(entries) = fs::read_dir(&self.root) else {
            return;
        };
        let draft = format!("{}{DRAFT}", self.name);
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if (name == self.name || name.starts_with(&draft))
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                tracing::debug!("cannot remove {}: {error}", entry.path().display());
            }
        }
    }

    /// What a complete copy of the entry counts, if there is an entry of this version.
    fn expected(&self) -> Option<Copied> {
        let text = fs::read_to_string(self.entry().join("complete")).ok()?;
        let (counts, made_by) = text.split_once('\n')?;
        let (files, bytes) = counts.split_once(' ')?;
        let copied = Copied {
            files: files.parse().ok()?,
            bytes: bytes.parse().ok()?,
        };
        (made_by.trim() == self.made_by).then_some(copied)
    }

    fn entry(&self) -> PathBuf {
        self.root.join(&self.name)
    }
}

/// The version is not part of it, so that an update of the programs replaces the entry instead of adding one.
fn name(call: &Call<'_>, binaries: &Path) -> String {
    let zone = call.request.environment.get("TZ");
    // `initdb` writes the time zone of the computer into `postgresql.conf`.
    let local_zone = fs::read_link("/etc/localtime").unwrap_or_default();
    let parts = [binaries.as_os_str().as_encoded_bytes()]
        .into_iter()
        .chain(ARGUMENTS.map(str::as_bytes))
        .chain(LOCALES.map(str::as_bytes))
        .chain([
            zone.map_or(b"".as_slice(), |zone| zone.as_bytes()),
            local_zone.as_os_str().as_encoded_bytes(),
        ]);
    fingerprint(parts, 8)
}

/// A data directory is a program, as far as the server is concerned: it must come from nobody else.
fn own_directory(path: &Path) -> Result<(), String> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| error.to_string())?;
    let found = fs::metadata(path).map_err(|error| error.to_string())?;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err("it belongs to another user".to_owned());
    }
    if found.mode() & 0o022 != 0 {
        return Err("others may write to it".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_cache_that_others_may_write_to_is_not_used() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b");
        assert_eq!(own_directory(&path), Ok(()));
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(own_directory(&path).is_err());
        fs::write(root.path().join("file"), "").unwrap();
        assert!(own_directory(&root.path().join("file/b")).is_err());
    }
}
