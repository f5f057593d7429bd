use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::names::hexadecimal;
use crate::{Error, variables};

/// Enough for names, of which nobody has millions.
const DIGITS: usize = 16;
const STEP: &str = "finding a place for the test server";
const MEMORY: &str = "/dev/shm";
/// What a few dozen databases of some hundred tables need, with room to spare.
const ENOUGH: u64 = 1 << 30;

/// Whose server it is: of this checkout. Two checkouts on one machine never share one.
pub(crate) fn checkout() -> PathBuf {
    let manifest = variables::environment()
        .get("CARGO_MANIFEST_DIR")
        .map(PathBuf::from);
    let start = manifest
        .or_else(|| std::env::current_exe().ok())
        .unwrap_or_default();
    let root = top(&start);
    fs::canonicalize(&root).unwrap_or(root)
}

/// The directory with the lock file: the workspace's.
pub(crate) fn top(start: &Path) -> PathBuf {
    let root = start
        .ancestors()
        .find(|directory| directory.join("Cargo.lock").is_file());
    root.unwrap_or(start).to_owned()
}

/// Cargo's target directory, which `cargo clean` removes.
pub(crate) fn target() -> Option<PathBuf> {
    let tagged = |directory: &&Path| directory.join("CACHEDIR.TAG").is_file();
    let program = std::env::current_exe().ok()?;
    let by_variable = || {
        variables::environment()
            .get("CARGO_TARGET_DIR")
            .map(PathBuf::from)
    };
    let by_program = || program.ancestors().find(tagged).map(Path::to_owned);
    by_variable()
        .or_else(by_program)
        .or_else(|| Some(checkout().join("target")).filter(|path| tagged(&path.as_path())))
}

/// A short name for what `parts` say together.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut digest = hexadecimal(&hash.finalize());
    digest.truncate(DIGITS);
    digest
}

/// The directory that the processes of this user meet in, for nobody else.
pub(crate) fn meeting_point(key: &str) -> Result<PathBuf, Error> {
    let root = match variables::directory() {
        Some(directory) => directory,
        None => std::env::temp_dir().join(format!("howdah-test-{}", user())),
    };
    for directory in [&root, &root.join(key)] {
        private(directory).map_err(|source| Error::Directory {
            path: directory.clone(),
            source,
        })?;
    }
    Ok(root.join(key))
}

/// A new directory for a server's files: in memory if there is room, because dropping a database deletes hundreds of
/// files. As root the server runs as another user, who must be able to enter it.
pub(crate) fn for_data(prefix: &str) -> Result<PathBuf, Error> {
    let base = match variables::directory() {
        Some(directory) => directory,
        None if has_room(Path::new(MEMORY)) => PathBuf::from(MEMORY),
        None => std::env::temp_dir(),
    };
    let directory = tempfile::Builder::new()
        .prefix(prefix)
        .permissions(fs::Permissions::from_mode(0o711))
        .tempdir_in(base)
        .map_err(Error::step(STEP))?;
    // As the server's own command line will have it, by which the supervisor knows the server.
    fs::canonicalize(directory.keep()).map_err(Error::step(STEP))
}

pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn has_room(path: &Path) -> bool {
    free_space(path).is_some_and(|bytes| bytes >= ENOUGH)
}

/// What a user may still write there.
pub(crate) fn free_space(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail * found.f_frsize)
}

/// The temporary directory is everybody's: what somebody else put there is not used.
fn private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o711).create(directory)?;
    let found = fs::symlink_metadata(directory)?;
    if found.is_dir() && found.uid() == user() && found.mode() & 0o022 == 0 {
        return Ok(());
    }
    let why = "it is not a directory of this user alone";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}
