use std::path::PathBuf;

use howdah_config::{Loaded, SqlDialect};
use howdah_migrate::{Dialect, LintOptions, Linted, Migrations, Options, ReadOptions, SqlxToml};

use crate::Error;

const PATH: &str = "database.migrations.path";

/// Where the migrations are, and how they are read: what the settings say, and a `sqlx.toml`.
#[derive(Debug)]
pub(crate) struct MigrationFiles {
    pub(crate) directory: PathBuf,
    pub(crate) sqlx_toml: Option<SqlxToml>,
    dialect: Option<Dialect>,
}

impl MigrationFiles {
    /// `path` is what the command line says. Without it and without a setting, the directory is the one that the
    /// `sqlx.toml` of the project names. What else holds for the files stands in the `sqlx.toml` of their crate, or else
    /// in that of the project.
    pub(crate) fn of(loaded: &Loaded, path: Option<PathBuf>) -> Result<Self, Error> {
        let projects = SqlxToml::in_directory(loaded.directory()).map_err(Error::SqlxToml)?;
        let set = || loaded.resolve_path(&loaded.database.migrations.path);
        let named = projects
            .as_ref()
            .filter(|_| loaded.is_default(PATH))
            .and_then(|toml| toml.migrations_dir.clone());
        let directory = path.or(named).unwrap_or_else(set);
        let crates = SqlxToml::find(&directory).map_err(Error::SqlxToml)?;
        Ok(Self {
            directory,
            sqlx_toml: crates.or(projects),
            dialect: match loaded.database.migrations.dialect {
                SqlDialect::Supabase => Some(Dialect::Supabase),
                SqlDialect::Postgres => None,
            },
        })
    }

    pub(crate) fn read(&self) -> Result<Migrations, howdah_migrate::Error> {
        Migrations::read_with(&self.directory, &self.options())
    }

    /// What is wrong with them, also where they cannot be read.
    pub(crate) fn lint(&self, options: &LintOptions) -> Result<Linted, howdah_migrate::Error> {
        Migrations::lint_directory(&self.directory, &self.options(), options)
    }

    /// Where the ledger is.
    pub(crate) fn configure(&self, options: &mut Options) {
        if let Some(toml) = &self.sqlx_toml {
            toml.configure(options);
        }
    }

    fn options(&self) -> ReadOptions {
        let toml = self.sqlx_toml.as_ref();
        let mut options = toml.map_or_else(ReadOptions::default, SqlxToml::read_options);
        options.dialect = self.dialect;
        options
    }
}
