use howdah_config::Loader;
use howdah_pool::Login;
use howdah_secrets::Secret;

use crate::Error;
use crate::admin::Admin;
use crate::server::Started;

const VARIABLE: &str = "HOWDAH_TEST_SERVER";

/// The running server at this URL: `postgres://superuser:password@host:port/...`.
pub(crate) async fn start(url: &str) -> Result<Started, Error> {
    let admin = Admin::connect(login(url)?, None)
        .await
        .map_err(|error| match error {
            Error::NoServer { source } => Error::Step {
                step: "connecting to the server that HOWDAH_TEST_SERVER names",
                source,
            },
            error => error,
        })?;
    Ok(Started {
        admin,
        pid: None,
        container: None,
    })
}

/// By the grammar of the settings, so that TLS and everything else of a URL works here too.
fn login(url: &str) -> Result<Login, Error> {
    let wrong = |why: String| Error::Variable {
        variable: VARIABLE,
        why,
    };
    let loaded = Loader::new()
        .set("database.url", url, VARIABLE)
        .load()
        .map_err(|error| wrong(format!("cannot be used: {error}")))?;
    let database = &loaded.database;
    let password = if loaded.has_secret(&database.secrets.app) {
        loaded
            .resolve_secret(&database.secrets.app)
            .map_err(|error| wrong(format!("cannot be used: {error}")))?
            .secret
    } else {
        Secret::new(String::new())
    };
    let login = Login::new(database, database.roles.app.clone(), password);
    let maintenance = "postgres"
        .parse()
        .map_err(Error::step("naming a database"))?;
    Ok(login.with_database(maintenance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_encoded_password_is_decoded() {
        let login = login("postgres://su:p%40ss@127.0.0.1:5433/postgres").unwrap();
        assert_eq!(login.password.expose(), "p@ss");
        assert_eq!(
            (
                login.host.host.as_str(),
                login.host.port,
                login.user.as_str()
            ),
            ("127.0.0.1", 5433, "su")
        );
    }

    #[test]
    fn what_is_wrong_with_the_variable_is_said_without_its_value() {
        for url in [
            "http://a:hush@h:1/",
            "postgres://a:hush%zz@h:1/",
            "postgres://a:hush@h:99999/",
        ] {
            let error = login(url).unwrap_err().to_string();
            assert!(
                error.starts_with(VARIABLE) && !error.contains("hush"),
                "{error}"
            );
        }
    }
}
