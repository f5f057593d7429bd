//! A directory of mode 0700, and files in it that are complete or absent.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// For secrets and keys.
pub(crate) const PRIVATE: u32 = 0o600;
/// For certificates.
#[cfg(feature = "certificates")]
pub(crate) const PUBLIC: u32 = 0o644;

/// Makes the directory, with its own `.gitignore`, or takes it over.
pub(crate) fn open(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    close(path)
}

/// Keeps others out of the directory, and git.
pub(crate) fn close(path: &Path) -> io::Result<()> {
    set_mode(path, 0o700)?;
    let ignore = path.join(".gitignore");
    if !ignore.exists() {
        fs::write(&ignore, "*\n")?;
    }
    Ok(())
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

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
