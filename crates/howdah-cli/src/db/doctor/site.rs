use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use howdah_config::Loaded;

use super::super::project::Project;

/// What the checks look at.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) project: Project,
    /// `None`: they cannot be used, which is a finding of its own.
    pub(crate) loaded: Option<Loaded>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) now: SystemTime,
}

impl Site {
    /// A path as a person would type it in the project's directory.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let inside = path.strip_prefix(self.project.root()).unwrap_or(path);
        inside.display().to_string()
    }

    /// Whether the server runs: what belongs to it should run with it.
    pub(crate) async fn server_runs(&self) -> bool {
        let found = howdah_server::status(&self.project.state(), &self.environment).await;
        matches!(found, Ok(Some(status)) if status.running)
    }

    /// What was recorded of the server, unread.
    pub(crate) fn record(&self) -> PathBuf {
        self.project.state().join("server.json")
    }
}

/// Whether anybody but the owner may do anything with it.
pub(crate) fn is_open(mode: u32) -> bool {
    mode & 0o077 != 0
}

/// The permission bits; `None`: it is not there.
pub(crate) fn mode(path: &Path) -> Option<u32> {
    Some(path.metadata().ok()?.mode() & 0o777)
}

/// An error with its causes.
pub(crate) fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
