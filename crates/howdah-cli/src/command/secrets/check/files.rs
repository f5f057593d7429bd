use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use howdah_config::{Environment, Loaded};
use howdah_secrets::SecretRef;

use crate::args::{CheckArgs, Common};
use crate::{Error, Output, secret_files};

/// Those that the settings name, and those of the directory; each once.
pub(super) fn all(
    args: &CheckArgs,
    common: &Common,
    loaded: &Loaded,
    output: &mut Output,
) -> Result<Vec<PathBuf>, Error> {
    let mut files = configured(loaded, output);
    let directory = directory(args, common);
    if args.dir.is_some() && !directory.is_dir() {
        let message = format!("there is no directory {}", directory.display());
        return Err(Error::Usage(message));
    }
    if directory.is_dir() {
        files.extend(inside(&directory).map_err(Error::file(directory))?);
    }
    let mut seen = Vec::new();
    files.retain(|file| {
        let is_new = !seen.contains(file);
        seen.push(file.clone());
        is_new
    });
    Ok(files)
}

/// The one that is named, or the one of `db-up`.
pub(super) fn directory(args: &CheckArgs, common: &Common) -> PathBuf {
    let default = || secret_files::directory(common.config.as_deref());
    args.dir.clone().unwrap_or_else(default)
}

/// A missing one is an error in production only: elsewhere `db-up` generates it.
fn configured(loaded: &Loaded, output: &mut Output) -> Vec<PathBuf> {
    let database = &loaded.database;
    let secrets = [
        &database.secrets.migrator,
        &database.secrets.app,
        &database.secrets.read_only,
    ];
    let mut files: Vec<PathBuf> = secrets
        .into_iter()
        .flat_map(|reference| of_reference(reference, loaded))
        .collect();
    if database.environment != Environment::Production {
        files.retain(|file| {
            let is_there = file.symlink_metadata().is_ok();
            if !is_there {
                output.note(format_args!("there is no file {}", file.display()));
            }
            is_there
        });
    }
    #[cfg(feature = "certificates")]
    files.extend(
        [&database.tls.root_cert, &database.tls.cert]
            .into_iter()
            .flatten()
            .map(|file| loaded.resolve_path(file)),
    );
    files
}

/// The file, the one that `<variable>_FILE` names, and the credential's.
fn of_reference(reference: &SecretRef, loaded: &Loaded) -> Vec<PathBuf> {
    let environment = loaded.environment();
    let file = reference
        .file
        .as_deref()
        .map(|file| loaded.resolve_path(file));
    let named = reference
        .env
        .as_ref()
        .and_then(|name| given(&format!("{name}_FILE"), environment));
    let credential = reference.credential.as_ref().and_then(|name| {
        let directory = given("CREDENTIALS_DIRECTORY", environment)?;
        // Another name leads out of the directory; `config check` says so.
        let is_name = !name.contains('/') && name != "..";
        is_name.then(|| directory.join(name))
    });
    file.into_iter().chain(named).chain(credential).collect()
}

fn given(variable: &str, environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let text = environment.get(variable)?;
    (!text.is_empty()).then(|| PathBuf::from(text))
}

/// The files of a directory, but for the hidden ones.
fn inside(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_hidden = name.is_none_or(|name| name.starts_with('.'));
        if !is_hidden && !path.is_dir() && is_checked(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Without the feature, certificates and their keys are left out: they are no passwords.
fn is_checked(path: &Path) -> bool {
    cfg!(feature = "certificates") || certificate_of(path).is_none()
}

/// The certificate whose check covers this file: itself, or the one of a key.
pub(super) fn certificate_of(file: &Path) -> Option<PathBuf> {
    match file.extension()?.to_str()? {
        "crt" | "pem" | "cer" => Some(file.to_owned()),
        "key" => Some(file.with_extension("crt")),
        _ => None,
    }
}
