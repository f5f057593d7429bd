//! What every test needs: a directory of its own, and its server gone at the end, also after a failure.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use howdah_pool::Login;
use howdah_secrets::Secret;
use howdah_server::{DirectoryLock, Error, Event, Request, Server, Stopped};
use tempfile::TempDir;

pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A project's directory, which anybody may enter.
pub(crate) struct Bench {
    root: TempDir,
    pub(crate) password: Secret,
    pub(crate) events: Vec<String>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with_mode(0o755)
    }

    pub(crate) fn with_mode(mode: u32) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::Builder::new()
            .prefix("howdah-server-")
            .tempdir()
            .unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(mode)).unwrap();
        Self {
            root,
            password: Secret::new("super 'secret' \\ pass"),
            events: Vec::new(),
        }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.root.path().join(".howdah")
    }

    pub(crate) async fn lock(&self) -> DirectoryLock {
        howdah_server::lock(&self.directory(), PATIENCE)
            .await
            .unwrap()
    }

    pub(crate) async fn try_start(&mut self, request: &Request) -> Result<Server, Error> {
        let lock = self.lock().await;
        self.events.clear();
        let events = &mut self.events;
        let password = self.password.clone();
        howdah_server::start(&lock, request, &password, &mut |event: Event<'_>| {
            events.push(event.to_string());
        })
        .await
    }

    pub(crate) async fn start(&mut self, request: &Request) -> Server {
        match self.try_start(request).await {
            Ok(server) => server,
            Err(error) => panic!("{}\nevents: {:#?}", chain(&error), self.events),
        }
    }

    pub(crate) async fn stop(&self, wipe: bool) -> Stopped {
        let lock = self.lock().await;
        howdah_server::stop(&lock, &environment(), wipe, PATIENCE)
            .await
            .unwrap()
    }

    pub(crate) fn login(&self, server: &Server) -> Login {
        server.login(
            "postgres".parse().unwrap(),
            "postgres".parse().unwrap(),
            self.password.clone(),
        )
    }

    pub(crate) async fn ask(&self, server: &Server, sql: &'static str) -> String {
        let mut connection = howdah_pool::connect(&self.login(server)).await.unwrap();
        sqlx::query_scalar(sql)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }

    pub(crate) async fn run(&self, server: &Server, sql: &'static str) {
        let mut connection = howdah_pool::connect(&self.login(server)).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }

    pub(crate) fn told(&self, words: &str) -> bool {
        self.events.iter().any(|event| event.contains(words))
    }
}

impl Drop for Bench {
    /// On a thread of its own: a runtime cannot be made inside another one.
    fn drop(&mut self) {
        let directory = self.directory();
        if !directory.exists() {
            return;
        }
        let cleaned = std::thread::spawn(move || wipe(&directory)).join();
        if !std::thread::panicking() {
            cleaned.unwrap().unwrap();
        }
    }
}

fn wipe(directory: &Path) -> Result<Stopped, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let lock = howdah_server::lock(directory, PATIENCE).await?;
        howdah_server::stop(&lock, &environment(), true, PATIENCE).await
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test is where a process environment becomes a map"
)]
pub(crate) fn environment() -> BTreeMap<String, String> {
    std::env::vars().collect()
}

/// Shared by the tests that are not about it.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("clusters")
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
