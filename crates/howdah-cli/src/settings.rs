use std::path::{Path, PathBuf};

use howdah_config::{Loaded, Loader};
use howdah_roles::{Layout, Names};
use howdah_secrets::{Secret, SecretRef};

use crate::args::SettingsArgs;
use crate::process_env::process_environment_os;
use crate::{Error, Output};

/// What a command line says about where the settings come from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The settings file, instead of the one that is looked for.
    pub(crate) file: Option<PathBuf>,
    /// What is added to the layers.
    pub(crate) options: SettingsArgs,
    /// Where and who, in place of what the settings say. It may be any of their roles, which must differ from each
    /// other.
    pub(crate) url: Option<Secret>,
}

/// The settings of the named file, or of the settings file in `directory`, under the environment.
pub(crate) fn load(
    directory: &Path,
    sources: Sources,
    output: &mut Output,
) -> Result<Loaded, Error> {
    let mut loader = Loader::new().env_os(process_environment_os());
    if let Some(file) = sources.file {
        // As compose does it: what belongs to a file stands beside it.
        let beside = file.parent().filter(|parent| *parent != Path::new(""));
        loader = loader
            .directory(beside.unwrap_or(Path::new(".")))
            .file(&file);
    } else {
        loader = loader.directory(directory);
    }
    let loader = with_url(loader, sources.url.as_ref());
    let loaded = with_options(loader, &sources.options)?
        .load()
        .map_err(Error::Settings)?;
    for notice in loaded.notices() {
        output.note(notice);
    }
    Ok(loaded)
}

fn with_url(loader: Loader, url: Option<&Secret>) -> Loader {
    const FLAG: &str = "--url";
    let Some(url) = url else {
        return loader;
    };
    let loader = loader.set("database.url", url.expose(), FLAG);
    ["owner", "migrator", "read_only"]
        .into_iter()
        .fold(loader, |loader, role| {
            let name = format!("howdah_no_{role}");
            loader.set(&format!("database.roles.{role}"), &name, FLAG)
        })
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
    shared_layout(loaded).map(Layout::alone_on_server)
}

/// The same on a server that may serve others, too.
pub(crate) fn shared_layout(loaded: &Loaded) -> Result<Layout, Error> {
    let database = &loaded.database;
    let roles = &database.roles;
    let names = Names {
        owner: roles.owner.clone(),
        migrator: roles.migrator.clone(),
        app: roles.app.clone(),
        read_only: roles.read_only.clone(),
    };
    Layout::new(database.name.clone(), database.schema.clone(), names)
        .map_err(|error| Error::Usage(error.to_string()))
}

/// A configured secret, with its warnings shown.
pub(crate) fn resolve(
    loaded: &Loaded,
    reference: &SecretRef,
    output: &mut Output,
) -> Result<Secret, howdah_secrets::Error> {
    let resolved = loaded.resolve_secret(reference)?;
    for warning in resolved.warnings {
        output.note(warning);
    }
    Ok(resolved.secret)
}
