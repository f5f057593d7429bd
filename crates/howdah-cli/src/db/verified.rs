use std::fs;
use std::io;
use std::path::PathBuf;

use super::project::Project;
use crate::Error;

/// Whether the last change of the database was followed by a thorough verification.
///
/// The mark is taken away before anything changes and put back after the roles were tried, so that a run that is
/// stopped in between is verified by the next one, although that one changes nothing.
#[derive(Debug)]
pub(crate) struct Mark {
    path: PathBuf,
}

impl Mark {
    pub(crate) fn of(project: &Project) -> Self {
        Self {
            path: project.state().join("verified"),
        }
    }

    pub(crate) fn is_set(&self, subject: &str) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|text| text == subject)
    }

    pub(crate) fn clear(&self) -> Result<(), Error> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::file(&self.path)(error))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn set(&self, subject: &str) -> Result<(), Error> {
        fs::write(&self.path, subject).map_err(Error::file(&self.path))
    }
}
