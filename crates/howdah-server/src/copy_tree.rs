use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::Error;
use crate::account::Account;

/// More threads do not make it faster: the kernel makes new files of one directory one after another.
const THREADS: usize = 2;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Copied {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

/// Copies a data directory to `to`, which must not be there: modes are kept, and everything belongs to `account`, or
/// to the caller. Blocks are shared where the file system can do that. If the future is dropped, the copying ends.
pub(crate) async fn copy_tree(
    from: &Path,
    to: &Path,
    account: Option<&Account>,
    limit: Duration,
) -> Result<Copied, Error> {
    let given_up = GiveUp(Arc::new(AtomicBool::new(false)));
    let work = Work {
        from: from.to_owned(),
        to: to.to_owned(),
        account: account.cloned(),
        given_up: Arc::clone(&given_up.0),
    };
    let copying = tokio::task::spawn_blocking(move || work.run());
    match tokio::time::timeout(limit, copying).await {
        Ok(Ok(copied)) => copied,
        Ok(Err(panicked)) => Err(Error::file("copy", from)(io::Error::other(panicked))),
        Err(_elapsed) => Err(Error::file("copy", from)(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("it was not done within {limit:.1?}"),
        ))),
    }
}

/// Tells the threads that nobody waits any more.
struct GiveUp(Arc<AtomicBool>);

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Work {
    from: PathBuf,
    to: PathBuf,
    account: Option<Account>,
    given_up: Arc<AtomicBool>,
}

impl Work {
    fn run(&self) -> Result<Copied, Error> {
        let mut files = Vec::new();
        self.directory(Path::new(""), &mut files)?;
        let next = AtomicUsize::new(0);
        let share = || self.files(&files, &next);
        let copied = std::thread::scope(|scope| {
            let others: Vec<_> = (1..THREADS).map(|_| scope.spawn(share)).collect();
            let mut all = vec![share()];
            for other in others {
                all.push(other.join().unwrap_or_else(|_| {
                    Err(Error::file("copy", &self.from)(io::Error::other(
                        "a thread ended early",
                    )))
                }));
            }
            all
        });
        copied.into_iter().try_fold(Copied::default(), |sum, part| {
            let part = part?;
            Ok(Copied {
                files: sum.files + part.files,
                bytes: sum.bytes + part.bytes,
            })
        })
    }

    /// Makes a directory and those in it, and lists the files.
    fn directory(&self, below: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
        let (from, to) = (self.from.join(below), self.to.join(below));
        let found = fs::metadata(&from).map_err(Error::file("read", &from))?;
        let mut builder = fs::DirBuilder::new();
        builder.mode(found.mode() & 0o7777);
        builder.create(&to).map_err(Error::file("create", &to))?;
        self.give(&to)?;
        for entry in fs::read_dir(&from).map_err(Error::file("read", &from))? {
            let entry = entry.map_err(Error::file("read", &from))?;
            let name = below.join(entry.file_name());
            let kind = entry
                .file_type()
                .map_err(Error::file("read", &entry.path()))?;
            if kind.is_dir() {
                self.directory(&name, files)?;
            } else if kind.is_file() {
                files.push(name);
            } else {
                // A table space or a log elsewhere: the copy would share it with the original.
                return Err(Error::file("copy", &entry.path())(io::Error::other(
                    "it is neither a file nor a directory",
                )));
            }
        }
        Ok(())
    }

    fn files(&self, files: &[PathBuf], next: &AtomicUsize) -> Result<Copied, Error> {
        let mut copied = Copied::default();
        while let Some(name) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            if self.given_up.load(Ordering::Relaxed) {
                let why = io::Error::new(io::ErrorKind::Interrupted, "nobody waits for it");
                return Err(Error::file("copy", &self.from)(why));
            }
            let (from, to) = (self.from.join(name), self.to.join(name));
            copied.bytes += fs::copy(&from, &to).map_err(Error::file("copy", &from))?;
            copied.files += 1;
            self.give(&to)?;
        }
        Ok(copied)
    }

    fn give(&self, path: &Path) -> Result<(), Error> {
        self.account
            .as_ref()
            .map_or(Ok(()), |account| account.own(path))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_copy_has_the_same_names_contents_and_modes() {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("from"), root.path().join("to"));
        fs::create_dir_all(from.join("base/1")).unwrap();
        fs::write(from.join("base/1/2619"), "x".repeat(70_000)).unwrap();
        fs::write(from.join("PG_VERSION"), "15\n").unwrap();
        fs::set_permissions(from.join("PG_VERSION"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&from, fs::Permissions::from_mode(0o700)).unwrap();
        let copied = copy_tree(&from, &to, None, PATIENCE).await.unwrap();
        assert_eq!((copied.files, copied.bytes), (2, 70_003));
        assert_eq!(
            fs::read_to_string(to.join("base/1/2619")).unwrap(),
            "x".repeat(70_000)
        );
        let mode = |name: &str| to.join(name).metadata().unwrap().mode() & 0o777;
        assert_eq!((mode("."), mode("PG_VERSION")), (0o700, 0o600));
    }

    #[tokio::test]
    async fn a_link_is_not_copied_for_what_it_leads_to() {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("from"), root.path().join("to"));
        fs::create_dir(&from).unwrap();
        std::os::unix::fs::symlink("/etc", from.join("pg_wal")).unwrap();
        let error = copy_tree(&from, &to, None, PATIENCE).await.unwrap_err();
        assert!(error.to_string().ends_with("/from/pg_wal"), "{error}");
    }
}
