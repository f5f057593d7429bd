use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::open_file::is_there;
use crate::secret_file::SecretFile;
use crate::{Error, Origin, Resolved, Rules, content};

/// Set by systemd for a unit with `LoadCredential=` or `SetCredential=`.
pub(crate) const VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// The directory of the unit's credentials. One that is not absolute is nobody's.
pub(crate) fn directory(env: &BTreeMap<String, String>) -> Option<&Path> {
    named(env).filter(|directory| directory.is_absolute())
}

/// Whether the credential is there, or cannot be told to be.
pub(crate) fn is_present(name: &str, env: &BTreeMap<String, String>) -> bool {
    match file(name, env) {
        Ok(file) => is_there(&file),
        Err(_wrong_name_or_directory) => !is_name(name) || named(env).is_some(),
    }
}

/// The file of a credential, if a directory of credentials is known and the name is one.
fn file(name: &str, env: &BTreeMap<String, String>) -> Result<PathBuf, Error> {
    let unusable = |why: &str| Error::Unusable {
        what: format!("the systemd credential {name:?}"),
        why: why.to_owned(),
    };
    if !is_name(name) {
        return Err(unusable(
            "has no usable name: a credential is one file name, without `/` and `..`",
        ));
    }
    let directory = named(env).ok_or_else(|| {
        unusable(
            "cannot be read, because CREDENTIALS_DIRECTORY is not set; start the service by systemd with \
             LoadCredential=, or use another source",
        )
    })?;
    if directory.is_relative() {
        return Err(unusable(
            "cannot be read, because CREDENTIALS_DIRECTORY is no absolute path; systemd sets it, nobody else should",
        ));
    }
    Ok(directory.join(name))
}

fn named(env: &BTreeMap<String, String>) -> Option<&Path> {
    let directory = env.get(VARIABLE).filter(|text| !text.is_empty());
    directory.map(|text| Path::new(text.as_str()))
}

fn is_name(name: &str) -> bool {
    !(name.is_empty() || name == "." || name.contains(['/', '\0']) || name.contains(".."))
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
