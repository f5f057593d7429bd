//! The files that settings name: better missed now than at the first connection.

use std::fs::Metadata;
use std::path::Path;

use super::Check;
use crate::Problem;
use crate::file::{read_text, why_unreadable};

const FILES: [&str; 3] = [
    "database.tls.root_cert",
    "database.tls.cert",
    "database.tls.key",
];

impl Check<'_> {
    pub(super) fn files(&self) -> Vec<Problem> {
        let missing = FILES.iter().filter_map(|path| {
            let text = self.merged.text(path).filter(|text| !text.is_empty())?;
            let message = why_unusable(&self.sources.resolve(Path::new(text)))?;
            Some(self.problem(path, message))
        });
        missing.collect()
    }
}

fn why_unusable(path: &Path) -> Option<String> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) => return Some(why_unreadable(&error)),
    };
    if !metadata.is_file() {
        return Some("is not a file".to_owned());
    }
    match read_text(path) {
        Err(message) => Some(message),
        Ok(text) if !text.contains("-----BEGIN ") => {
            Some("is not in PEM form; it has no line `-----BEGIN ...`".to_owned())
        }
        Ok(text) if text.contains(" PRIVATE KEY-----") => open_to_others(&metadata),
        Ok(_) => None,
    }
}

/// A key that others may exchange is nobody's. libpq refuses one that others may read, too; Kubernetes mounts it so.
#[cfg(unix)]
fn open_to_others(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o022 != 0)
        .then(|| format!("has mode {mode:04o}, which lets others change it; run `chmod 600` on it"))
}

#[cfg(not(unix))]
fn open_to_others(_metadata: &Metadata) -> Option<String> {
    None
}
