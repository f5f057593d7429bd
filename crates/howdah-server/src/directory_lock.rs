use std::fs::{self, File, TryLockError};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Error;
use crate::deadline::{Deadline, Pause};
use crate::identity::Identity;

/// The right to work in one directory, usually the `.howdah` of a project. Dropping it gives the right back, and so
/// does the end of the process, however it ends.
#[derive(Debug)]
pub struct DirectoryLock {
    directory: PathBuf,
    _file: File,
}

impl DirectoryLock {
    /// The directory: absolute, without symbolic links.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Makes `directory` if it is not there, and waits until no other process works in it.
///
/// The directory ignores itself in git.
///
/// # Errors
/// [`Error::Busy`] with the process that holds it, or [`Error::File`].
pub async fn lock(directory: &Path, deadline: Duration) -> Result<DirectoryLock, Error> {
    fs::create_dir_all(directory).map_err(Error::file("create", directory))?;
    let directory = fs::canonicalize(directory).map_err(Error::file("read", directory))?;
    ignore_in_git(&directory)?;
    let path = directory.join("lock");
    let mut file = open(&path).map_err(Error::file("open", &path))?;
    wait_for(&file, &path, deadline).await?;
    sign(&mut file).map_err(Error::file("write", &path))?;
    Identity::settle(&directory)?;
    Ok(DirectoryLock {
        directory,
        _file: file,
    })
}

fn ignore_in_git(directory: &Path) -> Result<(), Error> {
    let path = directory.join(".gitignore");
    if path.exists() {
        return Ok(());
    }
    fs::write(&path, "*\n").map_err(Error::file("write", &path))
}

fn open(path: &Path) -> std::io::Result<File> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

async fn wait_for(file: &File, path: &Path, limit: Duration) -> Result<(), Error> {
    let deadline = Deadline::new(limit);
    let mut pause = Pause::new();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if !deadline.has_passed() => pause.wait().await,
            Err(TryLockError::WouldBlock) => return Err(held(path, limit)),
            Err(TryLockError::Error(source)) => return Err(Error::file("lock", path)(source)),
        }
    }
}

/// So that whoever waits can say for whom.
fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn held(path: &Path, waited: Duration) -> Error {
    let pid = fs::read_to_string(path)
        .ok()
        .and_then(|text| text.trim().parse().ok());
    Error::Busy {
        pid,
        what: format!("works in {}", path.parent().unwrap_or(path).display()),
        waited,
        mend: "let it finish, or end it and try again".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_lock_names_the_holder_and_gets_in_when_the_first_is_dropped() {
        let root = tempfile::tempdir().unwrap();
        let first = lock(root.path(), Duration::from_secs(1)).await.unwrap();
        let error = lock(root.path(), Duration::from_millis(20))
            .await
            .unwrap_err();
        let pid = std::process::id();
        assert!(
            error
                .to_string()
                .starts_with(&format!("process {pid} works in ")),
            "{error}"
        );
        drop(first);
        lock(root.path(), Duration::from_secs(1)).await.unwrap();
    }
}
