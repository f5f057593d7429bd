mod file;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use howdah_ident::SchemaName;

use crate::place::Place;
use crate::{Error, LedgerName, Options, Problem, ReadOptions};

use file::File;

/// What sqlx calls its file of settings.
const NAME: &str = "sqlx.toml";

/// What `sqlx.toml` says about migrations, read as sqlx reads it: `sqlx::migrate!` and sqlx-cli follow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlxToml {
    /// The file.
    pub path: PathBuf,
    /// The variable with the connection URL: `common.database-url-var`; sqlx's default is `DATABASE_URL`.
    pub database_url_var: Option<String>,
    /// Schemas to create before the ledger: `migrate.create-schemas`.
    pub create_schemas: Vec<SchemaName>,
    /// The ledger: `migrate.table-name`.
    pub ledger: Option<LedgerName>,
    /// The directory of the migrations, beside the file: `migrate.migrations-dir`; sqlx's default is `migrations`.
    pub migrations_dir: Option<PathBuf>,
    /// What does not count in checksums: `migrate.ignored-chars`.
    pub ignored_chars: BTreeSet<char>,
    /// Whether a new migration has a way back, `migrate.defaults.migration-type`; `None`: as the newest one.
    pub reversible: Option<bool>,
    /// Whether a new version is the next number, and not the time: `migrate.defaults.migration-versioning`; `None`: as
    /// those that are there.
    pub sequential: Option<bool>,
}

impl SqlxToml {
    /// Looks for the file in the directory of the migrations and above it, up to the root of the crate: the first
    /// directory that has a `Cargo.toml`. There, `sqlx::migrate!` looks.
    ///
    /// # Errors
    /// As [`SqlxToml::read`].
    pub fn find(migrations: impl AsRef<Path>) -> Result<Option<Self>, Error> {
        for directory in migrations.as_ref().ancestors() {
            if let Some(found) = Self::in_directory(directory)? {
                return Ok(Some(found));
            }
            if directory.join("Cargo.toml").is_file() {
                break;
            }
        }
        Ok(None)
    }

    /// The one in this directory: there, sqlx-cli looks.
    ///
    /// # Errors
    /// As [`SqlxToml::read`].
    pub fn in_directory(directory: impl AsRef<Path>) -> Result<Option<Self>, Error> {
        let path = directory.as_ref().join(NAME);
        path.is_file().then(|| Self::read(path)).transpose()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Error::Read`] if it cannot be read, and [`Error::Files`] with the place if it is no TOML, has a key or a value
    /// that sqlx does not know, or a name that PostgreSQL does not take.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let text = fs::read_to_string(&path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        File::parse(&text)
            .and_then(|file| file.finish(&text, &path))
            .map_err(|faults| Error::Files {
                problems: faults
                    .into_iter()
                    .map(|(place, message)| problem(&path, place.as_ref(), message))
                    .collect(),
            })
    }

    /// What `sqlx::migrate!` has taken over from the file, or the program has set: the ledger and the schemas to create.
    /// The rest is not in a program; [`SqlxToml::path`] is empty.
    ///
    /// sqlx does not promise that a later version shows it.
    ///
    /// # Errors
    /// [`Error::Files`] for a name that PostgreSQL does not take.
    pub fn embedded(migrator: &sqlx::migrate::Migrator) -> Result<Self, Error> {
        let invalid = |what: &str, name: &str, reason: String| {
            let message = format!("the {what} {name:?}: {reason}");
            let problems = vec![Problem::new("embedded migrations", message)];
            Error::Files { problems }
        };
        let ledger = LedgerName::from_sql(&migrator.table_name);
        let ledger =
            ledger.map_err(|error| invalid("table", &migrator.table_name, error.to_string()))?;
        let schemas = migrator
            .create_schemas
            .iter()
            .map(|name| file::schema(name).map_err(|error| invalid("schema", name, error)));
        Ok(Self {
            create_schemas: schemas.collect::<Result<_, _>>()?,
            ledger: Some(ledger),
            ..Self::default()
        })
    }

    /// Sets the ledger and the schemas beside it.
    pub fn configure(&self, options: &mut Options) {
        options.ledger = self.ledger.clone().unwrap_or_default();
        options.create_schemas.clone_from(&self.create_schemas);
    }

    /// How the files are read.
    pub fn read_options(&self) -> ReadOptions {
        ReadOptions {
            ignored_chars: self.ignored_chars.clone(),
            ..ReadOptions::default()
        }
    }
}

fn problem(path: &Path, place: Option<&Place>, message: String) -> Problem {
    let problem = Problem::new(path.display().to_string(), message);
    match place {
        Some(place) => problem.at(place),
        None => problem,
    }
}
