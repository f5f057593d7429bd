use std::path::{Path, PathBuf};

use howdah_config::{Environment, Loaded};
use howdah_migrate::{
    Connector, Error as MigrateError, Migrations, Migrator, Options, OutOfOrder, Stop, Target,
    Version,
};
use howdah_pool::Login;
use howdah_secrets::Secret;
use sqlx::PgConnection;

use super::open::open;
use super::pooler::UrlOfPooler;
use super::tenants::Which;
use crate::args::{Common, MigrateArgs, OutOfOrderArg, UpArgs};
use crate::migration_files::MigrationFiles;
use crate::output::causes;
use crate::settings::Sources;
use crate::{Error, Output, process_environment, settings};

/// Which files, which database, and who.
pub(super) struct Place {
    pub(super) files: MigrationFiles,
    pub(super) options: Options,
    is_production: bool,
    loaded: Loaded,
    config: Option<PathBuf>,
    by_url: bool,
    pub(super) tenants: Option<Which>,
    pub(super) connections: usize,
    /// Whether a query that names no schema is right.
    pub(super) allow_no_schemas: bool,
    pub(super) stop: Stop,
}

impl Place {
    pub(super) fn of(
        args: &MigrateArgs,
        common: &Common,
        output: &mut Output,
    ) -> Result<Self, Error> {
        let (loaded, files, by_url) = load(args, common, output)?;
        let tenants = Which::of(args)?;
        let connections = usize::from(args.connections);
        let database = &loaded.database;
        let named = |flag: &str, error: String| Error::Usage(format!("{flag}: {error}"));
        let schema = match &args.schema {
            Some(name) => name
                .parse()
                .map_err(|error| named(&format!("--schema {name:?}"), format!("{error}")))?,
            None => database.schema.clone(),
        };
        let mut options = Options::new(schema);
        files.configure(&mut options);
        options.role = match &args.role {
            Some(name) => Some(
                name.parse()
                    .map_err(|error| named(&format!("--role {name:?}"), format!("{error}")))?,
            ),
            None => (!by_url).then(|| database.roles.owner.clone()),
        };
        options.lock_timeout = database.session.lock_timeout;
        options.out_of_order = match args.out_of_order {
            OutOfOrderArg::Refuse => OutOfOrder::Refuse,
            OutOfOrderArg::Warn => OutOfOrder::Warn,
            OutOfOrderArg::Allow => OutOfOrder::Allow,
        };
        let environment = process_environment();
        let variable = |name: &str| environment.get(name).cloned();
        options.actor.version = Some(format!("howdah {}", env!("CARGO_PKG_VERSION")));
        options.actor.host = host_name().or_else(|| variable("HOSTNAME"));
        options.actor.person = variable("USER").or_else(|| variable("LOGNAME"));
        Ok(Self {
            files,
            options,
            is_production: database.environment == Environment::Production,
            loaded,
            config: common.config.clone(),
            by_url,
            tenants,
            connections,
            allow_no_schemas: args.allow_no_schemas,
            stop: Stop::new(),
        })
    }

    /// Not beyond.
    pub(super) fn aim(&mut self, up: UpArgs) -> Result<(), Error> {
        self.options.target = match (up.to, up.count) {
            (Some(number), _) => Target::Version(self.version_of("--to", number)?),
            (None, Some(count)) => Target::Count(count),
            (None, None) => Target::Newest,
        };
        Ok(())
    }

    /// One that a file has.
    pub(super) fn version_of(&self, flag: &str, number: i64) -> Result<Version, Error> {
        let version = version(number)?;
        let migrations = self.migrations()?;
        if migrations.iter().any(|one| one.version() == version) {
            return Ok(version);
        }
        let directory = self.files.directory.display();
        let newest = migrations.iter().last().map_or_else(String::new, |newest| {
            format!("; the newest one is {}", newest.version())
        });
        Err(Error::Usage(format!(
            "{flag} {version}: there is no migration of that version in {directory}{newest}"
        )))
    }

    pub(super) fn migrations(&self) -> Result<Migrations, Error> {
        self.files
            .read()
            .map_err(Error::step("reading the migrations"))
    }

    pub(super) fn migrator(&self) -> Result<Migrator, Error> {
        Ok(Migrator::new(self.migrations()?, self.options.clone()).until(&self.stop))
    }

    pub(super) async fn connect(&self, output: &mut Output) -> Result<PgConnection, Error> {
        let login = self.login(output)?;
        open(&login).await.map_err(Error::step("connecting"))
    }

    /// For a run, which wants to know what stands in between.
    pub(super) fn connector(&self, output: &mut Output) -> Result<Connector, Error> {
        let login = self.login(output)?;
        Ok(Connector::new(move || {
            let login = login.clone();
            async move { open(&login).await }
        }))
    }

    /// As the migrator of the settings, past a pooler if they know the way, or as the URL says.
    pub(super) fn login(&self, output: &mut Output) -> Result<Login, Error> {
        let database = &self.loaded.database;
        let mut login = if self.by_url {
            url_login(&self.loaded, output)?
        } else {
            let given = database.direct.as_ref();
            let password = match given.and_then(|direct| direct.password.clone()) {
                Some(password) => password,
                None => settings::resolve(&self.loaded, &database.secrets.migrator, output)
                    .map_err(no_password(
                        "there is no password of the migrator (database.secrets.migrator)",
                        "or say with --url where the database is and who logs in, with the password",
                    ))?,
            };
            Login::direct(database, database.roles.migrator.clone(), password)
        };
        login.schema = Some(self.options.schema.clone());
        Ok(login)
    }

    /// For `map_err`: this step failed, and where only another address helps, it says which one is used.
    pub(super) fn failed(&self, step: &'static str) -> impl FnOnce(MigrateError) -> Error {
        let by_url = self.by_url;
        move |error| match error {
            MigrateError::NeedsSession { .. } if by_url => {
                Error::step(step)(UrlOfPooler::new(error))
            }
            error => Error::step(step)(error),
        }
    }

    /// Whether a URL says where the database is, and not the settings.
    pub(super) fn is_by_url(&self) -> bool {
        self.by_url
    }

    /// By the same settings, to another database.
    pub(super) fn login_at(&self, url: &str, output: &mut Output) -> Result<Login, Error> {
        let loaded = load_settings(self.config.clone(), Some(url), &mut Output::silent())?;
        url_login(&loaded, output)
    }

    /// Whether somebody has to want what can lose data, and nobody has said so.
    pub(super) fn is_asked(&self, yes: bool) -> bool {
        self.is_production && !yes
    }

    /// Where data can be lost, somebody has to want it.
    pub(super) fn ask(&self, yes: bool, what: &str) -> Result<(), Error> {
        if self.is_asked(yes) {
            return Err(Error::NotConfirmed(format!(
                "this is production, and {what} may lose data: give --yes"
            )));
        }
        Ok(())
    }
}

/// The settings, the files, and whether a URL says everything about the database.
fn load(
    args: &MigrateArgs,
    common: &Common,
    output: &mut Output,
) -> Result<(Loaded, MigrationFiles, bool), Error> {
    let load = |url: Option<&str>, output: &mut Output| {
        let loaded = load_settings(common.config.clone(), url, output)?;
        let files = MigrationFiles::of(&loaded, args.path.clone())?;
        Ok((loaded, files))
    };
    let (loaded, files) = load(args.url.as_deref(), output)?;
    if args.url.is_some() {
        return Ok((loaded, files, true));
    }
    let Some(url) = sqlx_url(&loaded, &files) else {
        return Ok((loaded, files, false));
    };
    let (loaded, files) = load(Some(&url), output)?;
    Ok((loaded, files, true))
}

fn load_settings(
    config: Option<PathBuf>,
    url: Option<&str>,
    output: &mut Output,
) -> Result<Loaded, Error> {
    let sources = Sources {
        file: config,
        url: url.map(Secret::new),
        ..Sources::default()
    };
    settings::load(Path::new("."), sources, output)
}

fn url_login(loaded: &Loaded, output: &mut Output) -> Result<Login, Error> {
    let database = &loaded.database;
    let password = if loaded.has_secret(&database.secrets.app) {
        settings::resolve(loaded, &database.secrets.app, output).map_err(no_password(
            "the password for the URL cannot be used (database.secrets.app)",
            "or put it into the URL (--url, --shadow-url)",
        ))?
    } else {
        output.note(format_args!(
            "{} has no password: neither the URL nor the settings (database.secrets.app) give one",
            database.roles.app.as_str()
        ));
        Secret::new("")
    };
    Ok(Login::new(database, database.roles.app.clone(), password))
}

/// A mistake in the settings, as every other one of them.
fn no_password(what: &str, advice: &str) -> impl FnOnce(howdah_secrets::Error) -> Error {
    move |error| {
        let causes = causes(&error).into_iter();
        let causes = causes.fold(String::new(), |list, cause| format!("{list}: {cause}"));
        Error::Usage(format!("{what}: {error}{causes}; {advice}"))
    }
}

/// A project that has a URL and nothing else is one that sqlx-cli works on: whoever the URL names migrates. It is in the
/// variable that `sqlx.toml` names, or in sqlx's own.
fn sqlx_url(loaded: &Loaded, files: &MigrationFiles) -> Option<String> {
    let toml = files.sqlx_toml.as_ref();
    let named = toml.and_then(|toml| toml.database_url_var.as_deref());
    let url = loaded.environment().get(named.unwrap_or("DATABASE_URL"))?;
    let is_sqlx_project = loaded.file().is_none()
        && loaded.is_default("database.roles.migrator")
        && !loaded.has_secret(&loaded.database.secrets.migrator);
    is_sqlx_project.then(|| url.clone())
}

/// A shell keeps `HOSTNAME` to itself, and a container's is the pod's.
fn host_name() -> Option<String> {
    let name = rustix::system::uname();
    let name = name.nodename().to_str().ok()?;
    (!name.is_empty()).then(|| name.to_owned())
}

pub(super) fn version(number: i64) -> Result<Version, Error> {
    Version::new(number).ok_or_else(|| {
        Error::Usage(format!(
            "{number} is no version: it must be greater than zero"
        ))
    })
}
