use std::path::{Path, PathBuf};

use howdah_config::{Environment, Loaded, Loader};
use howdah_roles::{Layout, Names};
use howdah_secrets::{Rules, Secret, SecretRef};

use crate::args::SettingsArgs;
use crate::{Error, Output, process_environment};

/// What a command line says about where the settings come from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The settings file, instead of the one that is looked for.
    pub(crate) file: Option<PathBuf>,
    /// What is added to the layers.
    pub(crate) options: SettingsArgs,
}

/// The settings of the named file, or of the settings file in `directory`, under the environment.
pub(crate) fn load(
    directory: &Path,
    sources: Sources,
    output: &mut Output,
) -> Result<Loaded, Error> {
    let mut loader = Loader::new()
        .env(process_environment())
        .directory(directory);
    if let Some(file) = sources.file {
        loader = loader.file(file);
    }
    let loaded = with_options(loader, &sources.options)?
        .load()
        .map_err(Error::Settings)?;
    for notice in loaded.notices() {
        output.note(notice);
    }
    Ok(loaded)
}

fn with_options(mut loader: Loader, options: &SettingsArgs) -> Result<Loader, Error> {
    if let Some(file) = &options.env_file {
        loader = loader.dotenv(file);
    }
    if let Some(prefix) = &options.prefix {
        loader = loader.prefix(prefix);
    }
    for text in &options.set {
        let (path, value) = path_and_value(text).ok_or_else(no_value)?;
        loader = loader.set(path, value, &format!("--set {path}"));
    }
    let flags = [
        ("--max-db-connections", &options.max_db_connections),
        ("--process-workers", &options.process_workers),
    ];
    let given = flags
        .into_iter()
        .filter_map(|(flag, value)| Some((flag, value.as_ref()?)));
    Ok(given.fold(loader, |loader, (flag, value)| loader.flag(flag, value)))
}

/// A URL in front of the `=` is no path.
fn path_and_value(text: &str) -> Option<(&str, &str)> {
    text.split_once('=')
        .filter(|(path, _)| !path.contains("://"))
}

/// Without the text: it may be a password.
fn no_value() -> Error {
    Error::Usage("--set needs a path and a value, as in --set database.pool.size=5".to_owned())
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

/// The rules for secrets, as strict as the environment asks for.
pub(crate) fn rules(loaded: &Loaded) -> Rules {
    match loaded.database.environment {
        Environment::Production => Rules::Production,
        Environment::Development | Environment::Testing => Rules::Development,
    }
}

/// A reference whose file can be opened from this directory.
pub(crate) fn located(loaded: &Loaded, reference: &SecretRef) -> SecretRef {
    let mut reference = reference.clone();
    reference.file = reference.file.map(|file| loaded.resolve_path(&file));
    reference
}

/// A configured secret, with its warnings shown.
pub(crate) fn resolve(
    loaded: &Loaded,
    reference: &SecretRef,
    output: &mut Output,
) -> Result<Secret, howdah_secrets::Error> {
    let reference = located(loaded, reference);
    let resolved = reference.resolve(loaded.environment(), rules(loaded))?;
    for warning in resolved.warnings {
        output.note(warning);
    }
    Ok(resolved.secret)
}
