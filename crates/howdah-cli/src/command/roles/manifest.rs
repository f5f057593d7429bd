use std::fs;
use std::path::{Path, PathBuf};

use howdah_roles::{Error as RolesError, Manifest, Wanted};

use crate::Error;

/// A manifest that can be read, and asks for what cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{}: it asks for what cannot be", .path.display())]
pub(crate) struct InManifest {
    pub(crate) path: PathBuf,
    pub(crate) source: RolesError,
}

/// What a manifest asks for; all that is wrong with it is a mistake of whoever wrote it.
pub(super) fn read(path: &Path) -> Result<Wanted, Error> {
    let text = fs::read_to_string(path).map_err(|error| {
        Error::Usage(format!(
            "cannot read the manifest {}: {error}",
            path.display()
        ))
    })?;
    // Snippets would print neighbouring lines.
    let options = serde_saphyr::options! { with_snippet: false };
    let manifest: Manifest =
        serde_saphyr::from_str_with_options(&text, options).map_err(|error| {
            let what = error.without_snippet();
            Error::Usage(format!("{}: {what}", path.display()))
        })?;
    let wrong = |source| InManifest {
        path: path.to_owned(),
        source,
    };
    Wanted::try_from(&manifest)
        .map_err(wrong)
        .map_err(Error::step("reading the manifest"))
}
