use std::path::{Path, PathBuf};

use howdah_config::{Environment, Loaded, Loader};
use howdah_roles::{Layout, Names};
use howdah_secrets::{Rules, Secret, SecretRef};

use crate::{Error, Output, process_environment};

/// The settings of `file`, or of the settings file in `directory`, under the environment.
pub(crate) fn load(
    directory: &Path,
    file: Option<PathBuf>,
    output: &mut Output,
) -> Result<Loaded, Error> {
    let mut loader = Loader::new()
        .env(process_environment())
        .directory(directory);
    if let Some(file) = file {
        loader = loader.file(file);
    }
    let loaded = loader.load().map_err(Error::Settings)?;
    for notice in loaded.notices() {
        output.note(notice);
    }
    Ok(loaded)
}

/// The role layout that the settings ask for, on a development server: it serves nobody else.
pub(crate) fn layout(loaded: &Loaded) -> Result<Layout, Error> {
    let database = &loaded.database;
    let roles = &database.roles;
    let names = Names {
        owner: roles.owner.clone(),
        migrator: roles.migrator.clone(),
        app: roles.app.clone(),
        read_only: roles.read_only.clone(),
    };
    Layout::new(database.name.clone(), database.schema.clone(), names)
        .map(Layout::alone_on_server)
        .map_err(|error| Error::Usage(error.to_string()))
}

/// A configured secret, with its warnings shown.
pub(crate) fn resolve(
    loaded: &Loaded,
    reference: &SecretRef,
    output: &mut Output,
) -> Result<Secret, howdah_secrets::Error> {
    let rules = match loaded.database.environment {
        Environment::Production => Rules::Production,
        Environment::Development | Environment::Testing => Rules::Development,
    };
    let mut reference = reference.clone();
    reference.file = reference.file.map(|file| loaded.resolve_path(&file));
    let resolved = reference.resolve(loaded.environment(), rules)?;
    for warning in resolved.warnings {
        output.note(warning);
    }
    Ok(resolved.secret)
}
