use std::fs::File;
use std::io;
use std::path::Path;

use crate::Error;
use crate::secret_file::{SecretFile, not_regular};

/// Opens without blocking, so that a FIFO cannot hang the reader; its kind is checked on the open file.
pub(crate) fn open(file: &SecretFile<'_>) -> Result<File, Error> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags =
            rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    options.open(file.opened).map_err(|error| {
        // A socket cannot be opened at all.
        if file.opened.metadata().is_ok_and(|found| !found.is_file()) {
            return not_regular(file.path);
        }
        Error::file(file.path, explain(file.path, error))
    })
}

/// Whether a name is taken, by whatever. What cannot be looked at counts as there, so that opening it says why.
pub(crate) fn is_there(path: &Path) -> bool {
    match path.symlink_metadata() {
        Ok(_) => true,
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        ),
    }
}

/// Refuses what has the name of a secret and can be neither kept nor backed up.
pub(crate) fn check_regular(path: &Path) -> Result<(), Error> {
    let found = path
        .metadata()
        .map_err(|source| Error::file(path, explain(path, source)))?;
    if found.is_file() {
        return Ok(());
    }
    Err(Error::not_safe(
        path,
        "it is not a regular file, but a directory, a pipe, a socket or a device; move it away, or choose another name",
    ))
}

/// The same kind of error, in words that say what to do.
pub(crate) fn explain(path: &Path, error: io::Error) -> io::Error {
    let kind = error.kind();
    let link = path.is_symlink();
    let words = match kind {
        io::ErrorKind::NotFound if link => {
            "it is a symbolic link to something that does not exist; repair the link".to_owned()
        }
        io::ErrorKind::NotFound => "it was not found; create it, or name another file".to_owned(),
        io::ErrorKind::PermissionDenied => refused(path),
        _ if link && is_loop(&error) => {
            "it is a symbolic link that leads back to itself; repair the link".to_owned()
        }
        _ => return error,
    };
    io::Error::new(kind, words)
}

#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_loop(_error: &io::Error) -> bool {
    false
}

#[cfg(unix)]
fn refused(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    let me = rustix::process::geteuid().as_raw();
    path.metadata().map_or_else(
        |_unseen| {
            format!("permission denied for this user ({me}); let it enter the directories above")
        },
        |found| {
            let (mode, owner) = (found.mode() & 0o7777, found.uid());
            format!(
                "permission denied for this user ({me}): mode {mode:04o}, owner {owner}; give it to this user with \
                 mode 0600"
            )
        },
    )
}

#[cfg(not(unix))]
fn refused(_path: &Path) -> String {
    "permission denied; let this user read it".to_owned()
}
