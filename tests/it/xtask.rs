//! A project of its own, and `cargo xtask` in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use howdah_secrets::Secret;
use serde_json::Value;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// A project with the reference schema, whose server is stopped and wiped at the end.
pub(crate) struct Project {
    directory: TempDir,
    backend: &'static str,
}

impl Project {
    pub(crate) fn new(backend: &'static str) -> Result<Self> {
        let project = Self {
            directory: tempfile::Builder::new()
                .prefix("howdah-scenario-")
                .tempdir()?,
            backend,
        };
        let migrations = project.path().join("migrations");
        fs::create_dir(&migrations)?;
        for entry in fs::read_dir(workspace().join("migrations"))? {
            let path = entry?.path();
            fs::copy(&path, migrations.join(path.file_name().unwrap()))?;
        }
        project.write("howdah.yaml", "database:\n  schema: app\n")?;
        Ok(project)
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.path().join(".howdah").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result {
        Ok(fs::write(self.path().join(name), text)?)
    }

    /// `cargo xtask ARGS` for this project, not yet started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = xtask();
        command
            .arg("--project")
            .arg(self.path())
            .args(args)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Result<Output> {
        Ok(self.command(args).output()?)
    }

    /// Runs it, and takes its JSON; everything but exit code 0 is an error with all that it said.
    pub(crate) fn json(&self, args: &[&str]) -> Result<Value> {
        let output = self.run(args)?;
        if !output.status.success() {
            return Err(format!("{args:?} failed: {}", words(&output)).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// `db-up --json` on the project's backend.
    pub(crate) fn up(&self) -> Result<Value> {
        self.json(&self.up_args())
    }

    pub(crate) fn up_args(&self) -> Vec<&'static str> {
        let mut args = vec!["db-up", "--json", "--no-install", "--backend", self.backend];
        if self.backend == "container" {
            args.extend(["--image", image()]);
        }
        args
    }

    /// The URLs of the env file.
    pub(crate) fn urls(&self) -> Result<BTreeMap<String, String>> {
        let text = fs::read_to_string(self.state("env"))?;
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Ok(pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    pub(crate) fn secret(&self, name: &str) -> Result<Secret> {
        let text = fs::read_to_string(self.state("secrets").join(name))?;
        Ok(Secret::new(text.trim_end()))
    }

    pub(crate) async fn connect(
        &self,
        role: &str,
        secret: &str,
        port: u64,
    ) -> Result<PgConnection> {
        self.connect_to("appdb", role, secret, port).await
    }

    pub(crate) async fn connect_to(
        &self,
        database: &str,
        role: &str,
        secret: &str,
        port: u64,
    ) -> Result<PgConnection> {
        let password = self.secret(secret)?;
        let url = format!(
            "postgres://{role}:{}@127.0.0.1:{port}/{database}",
            password.expose()
        );
        Ok(PgConnection::connect(&url).await?)
    }

    pub(crate) async fn superuser(&self, port: u64) -> Result<PgConnection> {
        self.connect("postgres", "postgres_superuser_pw", port)
            .await
    }

    /// Everything that the server has logged.
    pub(crate) fn server_log(&self) -> Result<String> {
        if self.backend == "local" {
            return Ok(fs::read_to_string(self.state("log").join("postgres.log"))?);
        }
        let record: Value = serde_json::from_slice(&fs::read(self.state("server.json"))?)?;
        let name = find(&record, "name").ok_or("the record names no container")?;
        let logs = docker().args(["logs", &name]).output()?;
        Ok(String::from_utf8_lossy(&logs.stdout).into_owned()
            + &String::from_utf8_lossy(&logs.stderr))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let wiped = self.run(&["db-down", "--volumes"]);
        let failed = !wiped.as_ref().is_ok_and(|output| output.status.success());
        assert!(
            !failed || std::thread::panicking(),
            "the project cannot be wiped: {wiped:?}"
        );
    }
}

/// The first string of this name, however deep.
fn find(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::Object(fields) => fields
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| fields.values().find_map(|value| find(value, name))),
        _ => None,
    }
}

/// The image of the container tests; `cargo xtask test` finds one and names it.
fn image() -> &'static str {
    option_env("HOWDAH_TEST_IMAGE").unwrap_or("postgres:17-alpine")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no caller that could hand the environment over"
)]
fn option_env(name: &str) -> Option<&'static str> {
    std::env::var(name).ok().map(|text| &*text.leak())
}

/// The program behind `cargo xtask`, built once: cargo's own look at the sources is most of the time otherwise.
fn xtask() -> Command {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(build_xtask);
    #[expect(clippy::disallowed_methods, reason = "the command that people type")]
    let mut command = Command::new(&*BUILT);
    // This test is run by cargo, and what that sets for it is not meant for the command.
    command
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("HOWDAH_PROJECT");
    command
}

fn build_xtask() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "what `cargo xtask` does first")]
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--package",
            "xtask",
            "--message-format",
            "json",
        ])
        .current_dir(workspace())
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", words(&built));
    let messages = String::from_utf8(built.stdout).unwrap();
    let program = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.expect("cargo names the program it built")
}

#[expect(clippy::disallowed_methods, reason = "the engine's own command")]
fn docker() -> Command {
    Command::new("docker")
}

/// What a command said, for a message.
pub(crate) fn words(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
