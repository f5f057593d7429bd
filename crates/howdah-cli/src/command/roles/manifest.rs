use std::fs;
use std::path::Path;

use howdah_roles::{Manifest, Wanted};

use crate::Error;

/// What a manifest asks for; all that is wrong with it is a mistake of whoever wrote it.
pub(super) fn read(path: &Path) -> Result<Wanted, Error> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    let wrong = |what: String| Error::Usage(format!("{}: {what}", path.display()));
    // Snippets would print neighbouring lines.
    let options = serde_saphyr::options! { with_snippet: false };
    let manifest: Manifest = serde_saphyr::from_str_with_options(&text, options)
        .map_err(|error| wrong(error.without_snippet().to_string()))?;
    Wanted::try_from(&manifest).map_err(|error| wrong(error.to_string()))
}
