//! Directories whose modes an engine sets, and nobody can change from inside.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;

use crate::secret_file::SecretFile;

const DATA: &str = "..data";
const ENGINE_DIRECTORIES: [&str; 2] = ["/run/secrets", "/run/credentials"];

/// What kind of directory a secret file is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `/run/secrets`, `/run/credentials`, `$CREDENTIALS_DIRECTORY`: mounted by Docker, Podman or systemd.
    Engine,
    /// A file system in memory, or a Kubernetes volume with its `..data` link.
    Projected,
    /// Any other.
    Ordinary,
}

impl Place {
    pub(crate) fn of(secret: &SecretFile<'_>, file: &File) -> Self {
        if is_in_engine_directory(secret) {
            return Self::Engine;
        }
        if is_in_memory(file) || is_kubernetes_volume(secret.path) {
            return Self::Projected;
        }
        Self::Ordinary
    }
}

fn is_in_engine_directory(secret: &SecretFile<'_>) -> bool {
    // `/var/run` is a link on most systems, and `..` would lead out again: only the real path counts.
    let Ok(real) = secret.path.canonicalize() else {
        return false;
    };
    let below = |directory: &Path| {
        let directory = directory.canonicalize();
        directory.is_ok_and(|directory| directory.parent().is_some() && real.starts_with(directory))
    };
    ENGINE_DIRECTORIES
        .iter()
        .any(|directory| below(Path::new(directory)))
        || secret.credentials.is_some_and(below)
}

/// `tmpfs` or `ramfs`, as in <https://man7.org/linux/man-pages/man2/statfs.2.html>.
#[cfg(target_os = "linux")]
fn is_in_memory(file: &File) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    // The field is signed on some machines and unsigned on others; its low 32 bits are the magic number.
    rustix::fs::fstatfs(file).is_ok_and(|found| {
        let number = i128::from(found.f_type) & 0xffff_ffff;
        number == i128::from(TMPFS) || number == i128::from(RAMFS)
    })
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_file: &File) -> bool {
    false
}

/// The kubelet links each name through `..data`, and swaps a whole generation by renaming that link. Only links are
/// looked at, because they stay while what they lead to is being swapped.
fn is_kubernetes_volume(path: &Path) -> bool {
    path.ancestors().any(|part| {
        let is_data = part.file_name() == Some(OsStr::new(DATA));
        let target = part.read_link();
        target.is_ok_and(|target| {
            is_data || (target.starts_with(DATA) && part.with_file_name(DATA).is_symlink())
        })
    })
}
