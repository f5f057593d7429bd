use std::path::{Path, PathBuf};

use crate::Error;

/// The project whose database this is: the directory of its settings file, with `.howdah/` beside it.
#[derive(Debug, Clone)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// The project at this directory.
    ///
    /// # Errors
    /// [`Error::File`] when the directory is not there.
    pub fn new(root: &Path) -> Result<Self, Error> {
        let root = root.canonicalize().map_err(Error::file(root))?;
        Ok(Self { root })
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `.howdah/`: state, secrets and data of the development database.
    pub fn state(&self) -> PathBuf {
        self.root.join(".howdah")
    }

    /// `.howdah/secrets/`.
    pub fn secrets(&self) -> PathBuf {
        self.state().join("secrets")
    }

    /// `.howdah/env`, with the connection URLs.
    pub fn env_file(&self) -> PathBuf {
        self.state().join("env")
    }
}
