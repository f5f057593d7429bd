use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

use howdah_pool::Login;
use howdah_secrets::Secret;

use crate::engine::Engine;
use crate::process::{is_executable, which};
use crate::{Error, Status, Tried};

/// How to run a program. The caller runs it: it wants the terminal.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Invocation {
    /// The program.
    pub program: PathBuf,
    /// Its arguments; no secret among them.
    pub args: Vec<String>,
    /// What to add to the environment of the child, and of nobody else.
    pub env: BTreeMap<String, Secret>,
}

/// How to open `psql` with this login: this computer's `psql`, else that of the server's own programs or container.
/// Further arguments of `psql` go behind those given here.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub fn psql(
    status: &Status,
    login: &Login,
    environment: &BTreeMap<String, String>,
) -> Result<Invocation, Error> {
    let mut env = BTreeMap::from([("PGPASSWORD".to_owned(), login.password.clone())]);
    let beside_server = status
        .binaries
        .as_ref()
        .map(|directory| directory.join("psql"))
        .filter(|path| is_executable(path));
    if let Some(program) = which("psql", environment).or(beside_server) {
        return Ok(Invocation {
            program,
            args: arguments(login, &login.host.host, login.host.port),
            env,
        });
    }
    let (Some(container), Some((engine, address))) = (&status.container, &status.engine) else {
        return Err(no_psql());
    };
    let engine = Engine::recorded(engine, address.as_deref(), environment)?;
    if let Some(address) = address {
        env.insert(engine.variable().to_owned(), Secret::new(address.as_str()));
    }
    // A terminal is asked for only where there is one: `psql < file` has none.
    let streams = if std::io::stdin().is_terminal() {
        "-it"
    } else {
        "-i"
    };
    let mut args: Vec<String> = ["exec", streams, "-e", "PGPASSWORD", container, "psql"]
        .map(ToOwned::to_owned)
        .to_vec();
    // Inside, the server has its own port.
    args.extend(arguments(login, "127.0.0.1", 5432));
    Ok(Invocation {
        program: engine.path().to_owned(),
        args,
        env,
    })
}

fn arguments(login: &Login, host: &str, port: u16) -> Vec<String> {
    vec![
        format!("--host={host}"),
        format!("--port={port}"),
        format!("--username={}", login.user.as_str()),
        // A name with `=` or a URL in it would be taken for a connection string if it were not named so.
        format!("--dbname={}", connection_string(login.database.as_str())),
    ]
}

/// `dbname='…'` as a key and value, so that no name is taken for anything else.
fn connection_string(database: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if database.chars().all(plain) {
        return database.to_owned();
    }
    let escaped = database.replace('\\', "\\\\").replace('\'', "\\'");
    format!("dbname='{escaped}'")
}

fn no_psql() -> Error {
    Error::NotFound {
        wanted: "psql",
        tried: vec![Tried::new(
            "psql",
            "it is neither on the PATH nor beside the server's programs",
            if cfg!(target_os = "macos") {
                "`brew install libpq`"
            } else {
                "`sudo apt-get install postgresql-client`"
            },
        )],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Backend;

    fn status(container: bool) -> Status {
        Status {
            backend: Backend::Container,
            version: None,
            port: Some(5433),
            running: true,
            pid: None,
            data: None,
            binaries: None,
            primary: None,
            container: container.then(|| "howdah-shop-1".to_owned()),
            image: None,
            engine: container.then(|| ("sh".to_owned(), Some("unix:///x.sock".to_owned()))),
        }
    }

    fn login(database: &str) -> Login {
        let database = database.parse().unwrap();
        Login::local(
            5433,
            database,
            "app".parse().unwrap(),
            Secret::new("hunter2"),
        )
    }

    #[test]
    fn the_password_is_neither_among_the_arguments_nor_shown() {
        let tools = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/bin/sh", tools.path().join("psql")).unwrap();
        let path = tools.path().display().to_string();
        let environment = BTreeMap::from([("PATH".to_owned(), path)]);
        let found = psql(&status(false), &login("shop"), &environment).unwrap();
        assert_eq!(found.program, tools.path().join("psql"));
        assert_eq!(found.args[3], "--dbname=shop");
        assert!(!format!("{found:?}").contains("hunter2"));
        assert_eq!(found.env["PGPASSWORD"].expose(), "hunter2");
    }

    #[test]
    fn without_one_here_the_containers_is_used() {
        let tools = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/bin/sh", tools.path().join("sh")).unwrap();
        let path = tools.path().display().to_string();
        let environment = BTreeMap::from([("PATH".to_owned(), path)]);
        let found = psql(&status(true), &login("shop"), &environment).unwrap();
        let inside = [
            "-e",
            "PGPASSWORD",
            "howdah-shop-1",
            "psql",
            "--host=127.0.0.1",
            "--port=5432",
        ];
        assert_eq!(found.args[0], "exec");
        assert_eq!(found.args[2..8], inside);
        assert_eq!(found.env["DOCKER_HOST"].expose(), "unix:///x.sock");
        let error = psql(&status(false), &login("shop"), &environment).unwrap_err();
        assert!(error.to_string().contains("apt-get install") || cfg!(target_os = "macos"));
    }

    #[test]
    fn a_database_with_a_strange_name_is_not_taken_for_a_connection_string() {
        let name = connection_string("postgres://it's");
        assert_eq!(name, "dbname='postgres://it\\'s'");
    }
}
