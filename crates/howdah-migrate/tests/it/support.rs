//! An empty database for each test, on the server of this test process.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use howdah_ident::{RoleName, SchemaName};
use howdah_migrate::{Error, Event, Migrations, Migrator, Options, Report};
use howdah_secrets::Secret;
use howdah_testkit::{Login, TestServer};
use sqlx::postgres::PgConnectOptions;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _,
    raw_sql,
};
use tempfile::TempDir;

/// A database with a NOLOGIN role that owns it, and a login that may become that role.
pub(crate) struct TestDb {
    admin: PgConnectOptions,
    superuser: Login,
    name: String,
    pub(crate) owner: RoleName,
    pub(crate) login: RoleName,
}

/// An empty database; it is dropped when the test succeeds, and kept when it fails.
pub(crate) async fn database() -> TestDb {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let (admin, superuser) = server().await;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("howdah_migrate_{}_{number}", std::process::id());
    let db = TestDb {
        admin: admin.clone().database(&name),
        superuser,
        owner: format!("{name}_owner").parse().unwrap(),
        login: format!("{name}_login").parse().unwrap(),
        name,
    };
    let mut conn = admin.connect().await.unwrap();
    for sql in [
        format!("create role {} nologin", db.owner),
        format!("create role {} login noinherit password 'secret'", db.login),
        format!("grant {} to {}", db.owner, db.login),
        format!("create database {} owner {}", db.name, db.owner),
    ] {
        execute(&mut conn, &sql).await;
    }
    conn.close().await.unwrap();
    db
}

impl TestDb {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A connection of the superuser.
    pub(crate) async fn connect(&self) -> PgConnection {
        self.admin.clone().connect().await.unwrap()
    }

    /// A connection of the migrator's login.
    pub(crate) async fn connect_login(&self) -> PgConnection {
        self.login_options().connect().await.unwrap()
    }

    pub(crate) fn admin_options(&self) -> PgConnectOptions {
        self.admin.clone()
    }

    pub(crate) fn login_options(&self) -> PgConnectOptions {
        self.admin
            .clone()
            .username(self.login.as_str())
            .password("secret")
            .application_name("howdah-migrate-test")
    }

    /// For the schema `app`, as the owner, with a deadline that no test should reach.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(schema());
        options.role = Some(self.owner.clone());
        options.lock_deadline = Duration::from_mins(1);
        options
    }

    pub(crate) fn migrator(&self, files: &Files) -> Migrator {
        Migrator::new(files.migrations(), self.options())
    }

    /// Applies as the migrator's login.
    pub(crate) async fn apply(&self, files: &Files) -> Result<Report, Error> {
        let conn = self.connect_login().await;
        self.migrator(files).apply(conn, ignore).await
    }

    /// The migrator's login, for the fault kit.
    pub(crate) fn login(&self) -> Login {
        self.superuser()
            .with_user(self.login.clone(), Secret::new("secret"))
            .with_database(self.name.parse().unwrap())
    }

    /// The superuser, for the fault kit.
    pub(crate) fn superuser(&self) -> Login {
        self.superuser.clone()
    }

    /// The same in a process of its own.
    pub(crate) fn spawn_apply(&self, files: &Files) -> Child {
        self.spawn_apply_on(files, &self.login_options())
    }

    /// The same by another way.
    pub(crate) fn spawn_apply_on(&self, files: &Files, options: &PgConnectOptions) -> Child {
        let url = options.to_url_lossy();
        #[expect(
            clippy::disallowed_methods,
            reason = "the test ends with the process, or kills it"
        )]
        let mut command = Command::new(example("apply"));
        command
            .arg(files.path())
            .args(["app", self.owner.as_str()])
            .env("DATABASE_URL", url.as_str())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// How many advisory locks are held in this database.
    pub(crate) async fn advisory_locks(&self) -> i64 {
        let mut conn = self.connect().await;
        number(&mut conn, LOCKS).await
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let admin = self.admin.clone().database("postgres");
        let statements = [
            format!("drop database if exists {} with (force)", self.name),
            format!("drop role if exists {}", self.login),
            format!("drop role if exists {}", self.owner),
        ];
        // The runtime of the test cannot block on a future from inside itself.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut conn = admin.connect().await.unwrap();
                for sql in &statements {
                    execute(&mut conn, sql).await;
                }
            });
        });
        dropped.join().unwrap();
    }
}

/// The superuser's address of the server for tests, for the driver's own pool and migrator too.
async fn server() -> (PgConnectOptions, Login) {
    let server = TestServer::shared()
        .await
        .unwrap_or_else(|error| panic!("{}", chain(&error)));
    let login = server.superuser("postgres".parse().unwrap());
    let options = PgConnectOptions::new_without_pgpass()
        .host(&login.host.host)
        .port(login.host.port)
        .username(login.user.as_str())
        .password(login.password.expose())
        .database(login.database.as_str());
    (options, login)
}

/// Cargo builds the examples with the tests, beside their directory.
fn example(name: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let built = program
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples")
        .join(name);
    assert!(
        built.is_file(),
        "{} is not built: cargo test builds it",
        built.display()
    );
    built
}

pub(crate) const LOCKS: &str = "select count(*) from pg_locks where locktype = 'advisory' \
     and database = (select oid from pg_database where datname = current_database())";

pub(crate) fn schema() -> SchemaName {
    "app".parse().unwrap()
}

pub(crate) fn ignore(_: Event<'_>) {}

/// A directory of migrations.
pub(crate) struct Files {
    dir: TempDir,
}

impl Files {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let this = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for (name, sql) in files {
            this.write(name, sql);
        }
        this
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.dir.path().join(name), bytes).unwrap();
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) fn migrations(&self) -> Migrations {
        Migrations::read(self.path()).unwrap()
    }

    /// A message without the name of the temporary directory.
    pub(crate) fn strip(&self, text: &impl ToString) -> String {
        let prefix = format!("{}/", self.path().display());
        text.to_string().replace(&prefix, "")
    }
}

pub(crate) async fn execute(conn: &mut PgConnection, sql: &str) {
    conn.execute(raw_sql(AssertSqlSafe(sql.to_owned())))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

pub(crate) async fn number(conn: &mut PgConnection, sql: &str) -> i64 {
    let row = conn
        .fetch_one(raw_sql(AssertSqlSafe(sql.to_owned())))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    row.get(0)
}

pub(crate) async fn text(conn: &mut PgConnection, sql: &str) -> String {
    let row = conn
        .fetch_one(raw_sql(AssertSqlSafe(sql.to_owned())))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    row.get(0)
}

/// Asks until `sql` gives `wanted`; each question is a round trip to the server.
pub(crate) async fn eventually(conn: &mut PgConnection, sql: &str, wanted: i64) {
    let asking = async { while number(conn, sql).await != wanted {} };
    tokio::time::timeout(Duration::from_secs(20), asking)
        .await
        .unwrap_or_else(|_| panic!("not {wanted} within 20 seconds: {sql}"));
}

/// Runs a case at 1, 2, 3 and so on until there is none, several at once; how many there are. Each in a thread of its
/// own: dropping a database waits for every session of the server, also for one that is just being opened here.
pub(crate) fn every<F: Future<Output = Option<()>>>(case: impl Fn(u32) -> F + Sync) -> u32 {
    let next = AtomicU32::new(1);
    let worker = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if runtime.block_on(case(nth)).is_none() {
                return nth - 1;
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(worker)).collect();
        let ends = workers.into_iter().map(|worker| worker.join().unwrap());
        ends.min().unwrap()
    })
}

/// An error and its causes, one below the other.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut lines = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        lines.push(error.to_string());
        source = error.source();
    }
    lines.join("\n")
}
