//! PostgreSQL's own programs, of the server's version.

use howdah_testkit::TestServer;

use crate::support::{Result, server};

/// What the program prints. It runs where the server does.
#[expect(clippy::disallowed_methods, reason = "psql and pg_dump are programs")]
pub(crate) async fn program(
    name: &str,
    arguments: &[&str],
    (user, password): (&str, &str),
    database: &str,
) -> Result<std::result::Result<String, String>> {
    let server = server().await?;
    let directory = format!("/usr/lib/postgresql/{}/bin/{name}", server.major());
    let environment = environment(server, user, password, database)?;
    let mut command = if let Some(container) = server.container_id() {
        let mut command = std::process::Command::new("docker");
        command.arg("exec");
        for (name, value) in &environment {
            command.arg("-e").arg(format!("{name}={value}"));
        }
        command.args([container, &directory]);
        command
    } else {
        let mut command = std::process::Command::new(directory);
        command.envs(environment);
        command
    };
    let output = command.args(arguments).output()?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok(if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    })
}

fn environment(
    server: &TestServer,
    user: &str,
    password: &str,
    database: &str,
) -> Result<[(&'static str, String); 5]> {
    let login = server.superuser("postgres".parse()?);
    let (host, port) = match server.container_id() {
        Some(_) => ("127.0.0.1".to_owned(), 5432),
        None => (login.host.host, login.host.port),
    };
    Ok([
        ("PGHOST", host),
        ("PGPORT", port.to_string()),
        ("PGUSER", user.to_owned()),
        ("PGPASSWORD", password.to_owned()),
        ("PGDATABASE", database.to_owned()),
    ])
}
