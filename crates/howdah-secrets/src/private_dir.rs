//! A directory for secrets, and files in it that are complete or absent.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::{Error, open_file};

/// For secrets and keys.
pub(crate) const PRIVATE: u32 = 0o600;
/// For certificates.
#[cfg(feature = "certificates")]
pub(crate) const PUBLIC: u32 = 0o644;

const IGNORE: &str = ".gitignore";

/// Makes the directory, with its own `.gitignore`. One that is there keeps its mode and its content, and is refused when
/// others may write it: whoever may, can put a link where a secret is about to be.
pub(crate) fn open(path: &Path) -> Result<(), Error> {
    let fail = |source| Error::file(path, source);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(fail)?;
    }
    match make(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check_existing(path),
        made => made.map_err(fail),
    }
}

/// Makes a new directory, and keeps others out of it, and git.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    make_closed(path)?;
    fs::write(path.join(IGNORE), "*\n")
}

/// Whether its own `.gitignore` keeps git away from everything in it.
pub(crate) fn is_ignored(path: &Path) -> bool {
    let ignored = fs::read_to_string(path.join(IGNORE));
    ignored.is_ok_and(|text| text.lines().any(|line| line.trim_end() == "*"))
}

/// Writes a file: complete or not at all, also when the machine stops half way.
pub(crate) fn write(directory: &Path, name: &str, content: &[u8], mode: u32) -> io::Result<()> {
    let draft = directory.join(format!(".{name}.new"));
    write_draft(&draft, content, mode)?;
    fs::rename(&draft, directory.join(name))?;
    sync_directory(directory)
}

fn write_draft(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    // A draft that a crash left behind may have any mode, or be a link to anywhere.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(PRIVATE);
    }
    let mut file = options.open(path)?;
    set_mode(path, mode)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A rename is on disk when its directory is.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Of mode 0700 from its first moment on.
#[cfg(unix)]
fn make_closed(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)?;
    // The process may take more away than others have, and a directory of its group may add a bit.
    set_mode(path, 0o700)
}

#[cfg(not(unix))]
fn make_closed(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

fn check_existing(path: &Path) -> Result<(), Error> {
    let found = path
        .metadata()
        .map_err(|source| Error::file(path, open_file::explain(path, source)))?;
    if !found.is_dir() {
        return Err(unusable(path, "is not a directory; name another one"));
    }
    check_mode(path, &found)
}

/// A sticky one too: there, others cannot replace a file, and can make one first.
#[cfg(unix)]
fn check_mode(path: &Path, found: &fs::Metadata) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    let mode = found.mode() & 0o7777;
    if mode & 0o022 == 0 {
        return Ok(());
    }
    let why = format!(
        "has mode {mode:04o}, which lets others write it; run `chmod go-w` on it, or name a directory that is not there \
         yet"
    );
    Err(unusable(path, &why))
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _found: &fs::Metadata) -> Result<(), Error> {
    Ok(())
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::Unusable {
        what: format!("the directory {}", path.display()),
        why: why.to_owned(),
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
