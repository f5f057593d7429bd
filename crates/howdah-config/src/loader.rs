mod find;
mod load;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::interpolate::Unset;
use crate::layer::Explicit;

/// Collects the layers, then reads them all at once. Reads no process environment: pass it as a map.
#[derive(Clone)]
pub struct Loader {
    env: BTreeMap<String, String>,
    /// The variables whose values are not UTF-8.
    undecodable: BTreeSet<String>,
    prefix: String,
    file: Option<PathBuf>,
    directory: Option<PathBuf>,
    dotenv: Option<PathBuf>,
    explicit: Vec<Explicit>,
    unset: Unset,
}

impl Loader {
    /// Nothing but the defaults.
    pub fn new() -> Self {
        Self {
            env: BTreeMap::new(),
            undecodable: BTreeSet::new(),
            prefix: "HOWDAH".to_owned(),
            file: None,
            directory: None,
            dotenv: None,
            explicit: Vec::new(),
            unset: Unset::default(),
        }
    }

    /// The process environment: a layer, and what `${...}` is looked up in.
    #[must_use]
    pub fn env(mut self, map: BTreeMap<String, String>) -> Self {
        self.env = map;
        self
    }

    /// The same, as the system gives it. A setting or a secret whose variable is not UTF-8 is a problem; without this
    /// it would look as if the variable were not set.
    #[must_use]
    pub fn env_os(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        self.env = BTreeMap::new();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else {
                continue;
            };
            match value.into_string() {
                Ok(value) => drop(self.env.insert(name, value)),
                Err(_not_utf8) => drop(self.undecodable.insert(name)),
            }
        }
        self
    }

    /// What the variables start with, `HOWDAH` if not given: `HOWDAH__DATABASE__POOL__SIZE`. Below a prefix of its own
    /// a service may have variables for sections of its own, `MYSVC__SERVER__PORT`; those are left alone.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// The settings file, which must exist; `.yaml`, `.yml` or `.toml`.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Looks here for `howdah.yaml`, `howdah.yml`, `howdah.toml`, `config.yaml`, `config.yml`, `config.toml`, and for
    /// a `.env`. The first one found counts, two of the `howdah.*` are an error, none is not. Not looked for when a
    /// [file](Self::file) or a [`.env`](Self::dotenv) is named.
    #[must_use]
    pub fn directory(mut self, dir: impl Into<PathBuf>) -> Self {
        self.directory = Some(dir.into());
        self
    }

    /// The `.env` file, which must exist; instead of the one in the [directory](Self::directory). A file that is named
    /// is read in production, too.
    #[must_use]
    pub fn dotenv(mut self, path: impl Into<PathBuf>) -> Self {
        self.dotenv = Some(path.into());
        self
    }

    /// A value that wins over all others: `set("database.pool.size", "5", "--pool-size")`.
    #[must_use]
    pub fn set(mut self, path: &str, value: &str, flag: &str) -> Self {
        self.explicit.push(Explicit {
            name: path.to_owned(),
            value: value.to_owned(),
            flag: flag.to_owned(),
        });
        self
    }

    /// The same for an option that is known by its own name: `flag("--max-db-connections", "7")`. The names are among
    /// the aliases of [`keys`](crate::keys).
    #[must_use]
    pub fn flag(self, name: &str, value: &str) -> Self {
        self.set(name, value, name)
    }

    /// What an unset `${VAR}` without a default means; an error if not given.
    #[must_use]
    pub fn unset(mut self, unset: Unset) -> Self {
        self.unset = unset;
        self
    }
}

impl Default for Loader {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Loader {
    /// The environment and the explicit values may hold secrets: only what is read is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader")
            .field("prefix", &self.prefix)
            .field("file", &self.file)
            .field("directory", &self.directory)
            .field("dotenv", &self.dotenv)
            .finish_non_exhaustive()
    }
}
