//! How a container of given arguments and files is made.

use std::path::Path;

use super::{Container, MOUNT, PATIENCE};
use crate::Error;
use crate::context::Call;
use crate::files::nameless;
use crate::name::fingerprint;
use crate::tar::archive;

/// Where the caller's files are handed over, in the container's root directory.
const GIVEN: &str = "howdah-given";
/// Where the server reads them.
const PLACE: &str = "/howdah-server";
/// Runs before the image's own entry point, which drops the right to do this. The server wants its key to be its own
/// and nobody else's: <https://www.postgresql.org/docs/current/ssl-tcp.html#SSL-SETUP>
const INSTALL: &str = "set -e
umask 077
rm -rf /howdah-server
cp -R /howdah-given /howdah-server
if [ \"$(id -u)\" = 0 ]; then chown -R postgres:postgres /howdah-server; fi
exec \"$@\"";

impl Container {
    /// Tells a container of these arguments and files from one of others.
    pub(super) fn config(&self, call: &Call<'_>, port: u16) -> String {
        let options = self.options(call, port);
        let command = command(call);
        let files = call.files.fingerprint();
        let parts = options.iter().chain([&self.image]).chain(&command);
        fingerprint(parts.chain(&files).map(String::as_bytes), 8)
    }

    /// Makes it and starts it.
    pub(super) async fn create(&self, call: &Call<'_>, port: u16) -> Result<(), Error> {
        if call.files.is_empty() {
            return self.make(call, port, &["run", "--detach"], &[]).await;
        }
        let mut before = vec!["-c".to_owned(), INSTALL.to_owned(), "install".to_owned()];
        before.extend(self.entry_point().await?);
        let verb = ["create", "--entrypoint=/bin/sh"];
        self.make(call, port, &verb, &before).await?;
        self.hand_over(call).await?;
        self.engine
            .program(["start", &self.name])
            .succeed(call.deadline.remaining())
            .await
            .map(drop)
    }

    /// The server's words with the caller's files named as the caller named them.
    pub(super) fn in_words(call: &Call<'_>, log: Vec<String>) -> Vec<String> {
        call.files.in_words(Path::new(PLACE), log)
    }

    async fn make(
        &self,
        call: &Call<'_>,
        port: u16,
        verb: &[&str],
        before: &[String],
    ) -> Result<(), Error> {
        let network = self.network(call).await?;
        self.engine
            .program(verb.iter().copied())
            .arg(format!("--label=howdah.config={}", self.config(call, port)))
            .args(self.options(call, port))
            .args(network.map(|network| format!("--network={network}")))
            .arg(&self.image)
            .args(before.iter().cloned())
            .args(command(call))
            .env("POSTGRES_PASSWORD", call.password.expose())
            .succeed(call.deadline.remaining())
            .await
            .map(drop)
    }

    /// Into a container that does not run yet. They are in its own layer, and go with it.
    async fn hand_over(&self, call: &Call<'_>) -> Result<(), Error> {
        let contents = call.files.contents(&data());
        let files = contents
            .iter()
            .map(|(name, content)| (*name, content.expose().as_bytes()));
        let archive = nameless(call.directory, &archive(GIVEN, files))?;
        self.engine
            .program(["cp", "-", &format!("{}:/", self.name)])
            .stdin(archive)
            .succeed(PATIENCE)
            .await
            .map(drop)
    }

    /// What the image starts with.
    async fn entry_point(&self) -> Result<Vec<String>, Error> {
        let format = "--format={{json .Config.Entrypoint}}";
        let args = ["image", "inspect", format, &self.image];
        let output = self.engine.program(args).succeed(PATIENCE).await?;
        // `null`: the image has none.
        Ok(serde_json::from_str(&output.stdout).unwrap_or_default())
    }

    /// The password is not among them: the command takes it from its own environment.
    fn options(&self, call: &Call<'_>, port: u16) -> Vec<String> {
        vec![
            format!("--name={}", self.name),
            format!("--label=howdah.directory={}", call.directory.display()),
            format!("--label=howdah.port={port}"),
            format!("--publish=127.0.0.1:{port}:5432"),
            format!("--volume={}:{MOUNT}", self.volume()),
            "--shm-size=256m".to_owned(),
            // SIGTERM would wait for every client to go.
            "--stop-signal=SIGINT".to_owned(),
            "--restart=no".to_owned(),
            "--env=POSTGRES_PASSWORD".to_owned(),
            format!("--env=PGDATA={}", data().display()),
            "--env=POSTGRES_HOST_AUTH_METHOD=scram-sha-256".to_owned(),
            "--env=POSTGRES_INITDB_ARGS=--auth-host=scram-sha-256 --auth-local=scram-sha-256 \
             --encoding=UTF8 --locale=C.UTF-8"
                .to_owned(),
        ]
    }
}

/// The server and its settings.
fn command(call: &Call<'_>) -> Vec<String> {
    let mut settings = vec![("password_encryption", "scram-sha-256".to_owned())];
    if call.files.has_config() {
        // The container's port is published, and its output is its log, whatever the file says.
        for (name, value) in [
            ("listen_addresses", "*"),
            ("port", "5432"),
            ("unix_socket_directories", "/var/run/postgresql"),
            ("log_destination", "stderr"),
            ("logging_collector", "off"),
        ] {
            settings.push((name, value.to_owned()));
        }
    }
    settings.extend(call.files.settings(Path::new(PLACE), &data()));
    let settings = settings
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let upstream = call.upstream.iter();
    let upstream = upstream.flat_map(|it| it.settings(Path::new(PLACE), call.request));
    let arguments = settings
        .chain(upstream)
        .chain(call.request.settings.clone())
        .flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")]);
    std::iter::once("postgres".to_owned())
        .chain(arguments)
        .collect()
}

fn data() -> std::path::PathBuf {
    Path::new(MOUNT).join("data")
}
