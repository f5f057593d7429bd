use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::secret_file::SecretFile;
use crate::{Error, Origin, Resolved, Rules, content};

/// Set by systemd for a unit with `LoadCredential=` or `SetCredential=`.
pub(crate) const VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// The directory of the unit's credentials.
pub(crate) fn directory(env: &BTreeMap<String, String>) -> Option<&Path> {
    let directory = env.get(VARIABLE).filter(|text| !text.is_empty());
    directory.map(|text| Path::new(text.as_str()))
}

/// The file of a credential, if a directory of credentials is known and the name is one.
pub(crate) fn file(name: &str, env: &BTreeMap<String, String>) -> Result<PathBuf, Error> {
    let unusable = |why: &str| Error::Unusable {
        what: format!("the systemd credential {name:?}"),
        why: why.to_owned(),
    };
    if name.is_empty() || name == "." || name.contains(['/', '\0']) || name.contains("..") {
        return Err(unusable(
            "has no usable name: a credential is one file name, without `/` and `..`",
        ));
    }
    let directory = directory(env).ok_or_else(|| {
        unusable(
            "cannot be read, because CREDENTIALS_DIRECTORY is not set; start the service by systemd with \
             LoadCredential=, or use another source",
        )
    })?;
    Ok(directory.join(name))
}

pub(crate) fn resolve(
    name: &str,
    env: &BTreeMap<String, String>,
    rules: Rules,
) -> Result<Resolved, Error> {
    let path = file(name, env)?;
    let origin = Origin::Credential(name.to_owned());
    let mut warnings = Vec::new();
    let opened = SecretFile::at(&path).with_credentials(directory(env));
    let bytes = opened.read(rules, &mut warnings)?;
    let secret = content::from_bytes(&bytes, &origin, rules, &mut warnings)?;
    Ok(Resolved {
        secret,
        origin,
        warnings,
    })
}
