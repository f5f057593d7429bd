use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Stands in every secret of these tests, so that every message can be searched for it.
pub(crate) const MARKER: &str = "hunter2";

/// A directory on a disk: files in memory have rules of their own.
pub(crate) fn directory() -> TempDir {
    let dir = [env!("CARGO_TARGET_TMPDIR"), "/var/tmp", "/tmp"]
        .into_iter()
        .filter(|parent| Path::new(parent).is_dir() && !is_tmpfs(Path::new(parent)))
        .find_map(|parent| tempfile::tempdir_in(parent).ok());
    dir.expect("a directory that is not on a tmpfs; point CARGO_TARGET_DIR to a disk")
}

pub(crate) fn is_tmpfs(path: &Path) -> bool {
    rustix::fs::statfs(path).is_ok_and(|found| found.f_type == 0x0102_1994)
}

/// A file with this content and mode.
pub(crate) fn file(dir: &Path, name: &str, content: impl AsRef<[u8]>, mode: u32) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, content).unwrap();
    set_mode(&path, mode);
    path
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

pub(crate) fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The error with its causes, as the command line prints it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Waits until it is so.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{what} did not happen"
        );
        std::thread::yield_now();
    }
}

/// Nothing that one of these tests has for a secret is in the text.
pub(crate) fn is_unlike_a_secret(text: &str) -> bool {
    let shown = [
        MARKER,
        "hhhh",
        "ChangeMe",
        "PGPASSWORD",
        "\u{1F600}",
        "\u{627}",
        "65537",
    ];
    !shown.iter().any(|secret| text.contains(secret))
}
