use std::path::Path;

use crate::secret_file::SecretFile;
use crate::{Error, Origin, Rules, Secret, content};

/// Reads a secret file by the rules of the crate, and returns the warnings beside the secret.
///
/// # Errors
/// [`Error::File`], [`Error::Unsafe`] or [`Error::Content`].
pub fn read_file(path: &Path, rules: Rules) -> Result<(Secret, Vec<String>), Error> {
    read(&SecretFile::at(path), rules)
}

pub(crate) fn read(file: &SecretFile<'_>, rules: Rules) -> Result<(Secret, Vec<String>), Error> {
    let mut warnings = Vec::new();
    let bytes = file.read(rules, &mut warnings)?;
    let origin = Origin::File(file.path.to_owned());
    let secret = content::from_bytes(&bytes, &origin, rules, &mut warnings)?;
    Ok((secret, warnings))
}
