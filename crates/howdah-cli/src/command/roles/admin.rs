use std::path::Path;

use howdah_config::{ConnectionUrl, Environment, Loaded};
use howdah_ident::{DatabaseName, RoleName};
use howdah_pool::{Login, connect};
use howdah_secrets::{Secret, SecretRef};
use sqlx::PgConnection;

use crate::args::Common;
use crate::settings::Sources;
use crate::{Error, Output, process_environment, settings};

/// In place of `--url`: a password does not belong on a command line.
const VARIABLE: &str = "HOWDAH_ADMIN_URL";
/// With `_FILE` behind it, the file.
const PASSWORD: &str = "HOWDAH_ADMIN_PASSWORD";
/// The database that administrators connect to; the lock of all runs is there.
const MAINTENANCE: &str = "postgres";
/// What the server says when there is no such database.
const NO_DATABASE: &str = "3D000";

/// Who makes and changes roles.
pub(super) struct Admin {
    login: Login,
}

/// The URL of the command line, or of the environment.
pub(super) fn url(given: Option<String>) -> Option<String> {
    // `VARIABLE=` is how a variable is unset in many files.
    let set = || {
        process_environment()
            .remove(VARIABLE)
            .filter(|url| !url.is_empty())
    };
    given.or_else(set)
}

impl Admin {
    pub(super) fn of(
        url: Option<&str>,
        common: &Common,
        loaded: &Loaded,
        output: &mut Output,
    ) -> Result<Self, Error> {
        let url = url.ok_or_else(|| {
            Error::Usage(format!(
                "nobody says who administers the server: give --url, or {VARIABLE}"
            ))
        })?;
        let mut parts = ConnectionUrl::parse(url)
            .map_err(|error| Error::Usage(format!("the administrator's URL: {error}")))?;
        if parts.user.is_none() {
            let what =
                "the administrator's URL names nobody who logs in: postgres://ROLE@HOST/DATABASE";
            return Err(Error::Usage(what.to_owned()));
        }
        let password = password(parts.password.take(), loaded, output)?;
        let sources = Sources {
            file: common.config.clone(),
            url: Some(parts.render()),
            ..Sources::default()
        };
        // The settings have been loaded before, with their notices.
        let loaded = settings::load(Path::new("."), sources, &mut Output::silent())?;
        let database = &loaded.database;
        let mut login = Login::new(database, database.roles.app.clone(), password);
        login.schema = None;
        Ok(Self { login })
    }

    /// Where all that belongs to the whole server is changed.
    pub(super) async fn cluster(&self) -> Result<PgConnection, Error> {
        let name = DatabaseName::new(MAINTENANCE).map_err(Error::step("connecting"))?;
        self.connect(name).await.map_err(Error::step("connecting"))
    }

    /// The way of somebody else to the same place.
    pub(super) fn login_of(&self, role: &RoleName, password: Secret) -> Result<Login, Error> {
        let name = DatabaseName::new(MAINTENANCE).map_err(Error::step("connecting"))?;
        let login = self.login.clone().with_database(name);
        Ok(login.with_user(role.clone(), password))
    }

    /// Nothing where there is no such database.
    pub(super) async fn database(
        &self,
        name: &DatabaseName,
    ) -> Result<Option<PgConnection>, Error> {
        match self.connect(name.clone()).await {
            Ok(connection) => Ok(Some(connection)),
            Err(error) if error.sqlstate().as_deref() == Some(NO_DATABASE) => Ok(None),
            Err(error) => Err(Error::step("connecting")(error)),
        }
    }

    /// The one that the URL names.
    pub(super) fn named_database(&self) -> &DatabaseName {
        &self.login.database
    }

    async fn connect(&self, name: DatabaseName) -> Result<PgConnection, howdah_pool::Error> {
        connect(&self.login.clone().with_database(name)).await
    }
}

fn password(in_url: Option<Secret>, loaded: &Loaded, output: &mut Output) -> Result<Secret, Error> {
    if in_url.is_some() && loaded.database.environment == Environment::Production {
        return Err(Error::Usage(format!(
            "the administrator's URL holds a password, which production does not allow: leave it out, and name its file in {PASSWORD}_FILE"
        )));
    }
    let reference = SecretRef::default().with_env(PASSWORD);
    match in_url {
        Some(password) => Ok(password),
        None if loaded.has_secret(&reference) => settings::resolve(loaded, &reference, output)
            .map_err(|error| Error::Usage(format!("the administrator's password: {error}"))),
        None => {
            output.note(format_args!(
                "the administrator has no password: neither the URL nor {PASSWORD} gives one"
            ));
            Ok(Secret::new(""))
        }
    }
}
