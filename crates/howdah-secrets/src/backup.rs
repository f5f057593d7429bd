use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::secret_file::read_up_to;
use crate::{Error, civil, private_dir};

/// What is larger was not written by this crate.
const MAX_BYTES: usize = 1024 * 1024;
const MAX_PER_SECOND: u32 = 100;

/// Copies the files into a new directory `backup_<YYYYmmdd_HHMMSS>` beside `directory`, of mode 0700. There is none
/// when there are no files.
pub(crate) fn back_up(
    directory: &Path,
    names: &[&str],
    now: SystemTime,
) -> Result<Option<PathBuf>, Error> {
    if names.is_empty() {
        return Ok(None);
    }
    let backup = make_directory(directory, now)?;
    for name in names {
        let file = directory.join(name);
        copy(&file, &backup, name).map_err(|source| Error::file(&file, source))?;
    }
    Ok(Some(backup))
}

/// A second backup within the same second has a number, so that none is overwritten.
fn make_directory(directory: &Path, now: SystemTime) -> Result<PathBuf, Error> {
    let fail = |path: &Path, source| Error::file(path, source);
    // The name `.` or `..` has no sibling; the real one has.
    let real = directory
        .canonicalize()
        .map_err(|source| fail(directory, source))?;
    let first = real.with_file_name(format!("backup_{}", civil::stamp(now)));
    let mut path = first.clone();
    for number in 2..=MAX_PER_SECOND {
        match private_dir::make(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(fail(&path, error)),
            Ok(()) => return Ok(path),
        }
        path.clone_from(&first);
        path.as_mut_os_string().push(format!("_{number}"));
    }
    let source = io::Error::new(
        io::ErrorKind::AlreadyExists,
        "there are too many backups of this second",
    );
    Err(fail(&first, source))
}

fn copy(file: &Path, backup: &Path, name: &str) -> io::Result<()> {
    let mut opened = fs::File::open(file)?;
    let limit = usize::try_from(opened.metadata()?.len()).unwrap_or(MAX_BYTES);
    let content = read_up_to(&mut opened, limit.min(MAX_BYTES))?
        .ok_or_else(|| io::Error::other("it is larger than 1 MiB, or grows while it is read"))?;
    private_dir::write(backup, name, &content, private_dir::PRIVATE)
}
