use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use howdah_config::TlsMode;
use howdah_ident::RoleName;
use howdah_pool::Login;
use tokio::process::Command;

use crate::args::DumpArgs;
use crate::db::which;
use crate::{Error, process_environment};

/// The longest time for a schema to be read.
const PATIENCE: Duration = Duration::from_mins(10);

/// The longest wait for a table that somebody changes just now, in milliseconds.
const LOCK_WAIT: &str = "--lock-wait-timeout=10000";

/// A `pg_dump` that can read the server.
#[derive(Debug)]
pub(super) struct PgDump {
    program: PathBuf,
    /// Where it runs, if not on this machine.
    container: Option<String>,
}

/// What it is to write.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) login: &'a Login,
    pub(super) role: Option<&'a RoleName>,
    /// Quoted.
    pub(super) schema: String,
    /// Quoted.
    pub(super) without_tables: &'a [String],
    pub(super) privileges: bool,
    pub(super) data: bool,
}

impl PgDump {
    /// The one that was named, or the newest of this machine; `server` is the major version it must be able to read.
    pub(super) async fn find(args: &DumpArgs, server: u32) -> Result<Self, Error> {
        let this = Self::named(args).await?;
        let version = this.version().await?;
        if version < server {
            return Err(Error::Usage(format!(
                "{} is of PostgreSQL {version}, and reads no newer server; this one is of {server}: install \
                 postgresql-client-{server}, or name another one with --pg-dump, or the server's container with --container",
                this.program.display()
            )));
        }
        Ok(this)
    }

    async fn named(args: &DumpArgs) -> Result<Self, Error> {
        let environment = process_environment();
        if let Some(container) = &args.container {
            let engine = ["docker", "podman"]
                .iter()
                .find_map(|name| which(name, &environment));
            let missing = || {
                Error::Usage(
                    "--container needs docker or podman, and neither is on the PATH".to_owned(),
                )
            };
            return Ok(Self {
                program: engine.ok_or_else(missing)?,
                container: Some(container.clone()),
            });
        }
        let newest = howdah_server::local_binaries(&environment).await;
        let beside = newest.map(|(directory, _)| directory.join("pg_dump"));
        let program = args
            .pg_dump
            .clone()
            .or_else(|| beside.filter(|program| program.is_file()))
            .or_else(|| which("pg_dump", &environment));
        let missing = || {
            let words = "there is no pg_dump on this machine: install postgresql-client, name one with --pg-dump, or the \
                         server's container with --container";
            Error::Usage(words.to_owned())
        };
        Ok(Self {
            program: program.ok_or_else(missing)?,
            container: None,
        })
    }

    async fn version(&self) -> Result<u32, Error> {
        let text = self.run(None, &["--version".to_owned()]).await?;
        let number = text.split_whitespace().find_map(|word| {
            let digits = word.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse().ok()
        });
        number.ok_or_else(|| {
            Error::Usage(format!(
                "{} does not say which version it is",
                self.program.display()
            ))
        })
    }

    /// The definitions in one schema, as SQL.
    pub(super) async fn dump(&self, wanted: &Wanted<'_>) -> Result<String, Error> {
        let mut args = vec![
            "--no-password".to_owned(),
            "--no-owner".to_owned(),
            "--no-tablespaces".to_owned(),
            "--no-publications".to_owned(),
            "--no-subscriptions".to_owned(),
            LOCK_WAIT.to_owned(),
            format!("--schema={}", wanted.schema),
        ];
        args.extend(wanted.role.map(|role| format!("--role={}", role.as_str())));
        let without = wanted.without_tables.iter();
        args.extend(without.map(|table| format!("--exclude-table={table}")));
        if !wanted.privileges {
            args.push("--no-privileges".to_owned());
        }
        args.push(
            if wanted.data {
                "--column-inserts"
            } else {
                "--schema-only"
            }
            .to_owned(),
        );
        self.run(Some(wanted.login), &args).await
    }

    async fn run(&self, login: Option<&Login>, args: &[String]) -> Result<String, Error> {
        let mut command = self.command(login, args);
        let step = "running pg_dump";
        let output = tokio::time::timeout(PATIENCE, command.output())
            .await
            .map_err(Error::step("waiting for pg_dump, which was stopped,"))?
            .map_err(Error::file(&self.program))?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Error::step(step)(Said(words)));
        }
        String::from_utf8(output.stdout).map_err(Error::step(step))
    }

    /// Where it goes to and the password are in the environment of the child, and in nobody's arguments.
    fn command(&self, login: Option<&Login>, args: &[String]) -> Command {
        let variables = login.map_or_else(Vec::new, |login| self.variables(login));
        let mut command = Command::new(&self.program);
        if let Some(container) = &self.container {
            command.arg("exec");
            for (name, _) in &variables {
                command.args(["--env", name]);
            }
            command.arg(container).arg("pg_dump");
        }
        // Others of the process's own PG* variables must not bleed in.
        let environment = process_environment();
        let foreign = environment.keys().filter(|name| name.starts_with("PG"));
        for name in foreign {
            command.env_remove(name);
        }
        command
            .args(args)
            .envs(variables)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    fn variables(&self, login: &Login) -> Vec<(&'static str, OsString)> {
        let (host, port) = if self.container.is_some() {
            ("127.0.0.1".to_owned(), 5432)
        } else {
            (login.host.host.clone(), login.host.port)
        };
        let mut variables: Vec<(&str, OsString)> = vec![
            ("PGHOST", host.into()),
            ("PGPORT", port.to_string().into()),
            ("PGUSER", login.user.as_str().into()),
            ("PGDATABASE", login.database.as_str().into()),
            ("PGPASSWORD", login.password.expose().into()),
            ("PGAPPNAME", login.session.application_name.as_str().into()),
            ("PGCONNECT_TIMEOUT", "10".into()),
        ];
        if self.container.is_some() {
            return variables;
        }
        variables.push(("PGSSLMODE", ssl_mode(login.tls.mode).into()));
        if let Some(address) = login.host.hostaddr {
            variables.push(("PGHOSTADDR", address.to_string().into()));
        }
        let path = |path: &Path| path.as_os_str().to_owned();
        for (name, file) in [
            ("PGSSLROOTCERT", &login.tls.root_cert),
            ("PGSSLCERT", &login.tls.cert),
            ("PGSSLKEY", &login.tls.key),
        ] {
            variables.extend(file.as_deref().map(|file| (name, path(file))));
        }
        variables
    }
}

/// What the program said of its failure.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Said(String);

fn ssl_mode(mode: TlsMode) -> &'static str {
    match mode {
        TlsMode::Disable => "disable",
        TlsMode::Allow => "allow",
        TlsMode::Prefer => "prefer",
        TlsMode::Require => "require",
        TlsMode::VerifyCa => "verify-ca",
        TlsMode::VerifyFull => "verify-full",
    }
}
