//! Migrations beside stock sqlx's, on the same server: `cargo xtask bench migrate` runs this and knows the targets.
//!
//! Prints a line of JSON for each case; `migrate ROUNDS`.

use std::collections::VecDeque;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use howdah_ident::SchemaName;
use howdah_migrate::{Connector, Migrations, Migrator, Options};
use howdah_testkit::TestServer;
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, raw_sql};
use tempfile::TempDir;
use tokio::task::JoinSet;

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const TRIVIAL: usize = 1000;
const TENANTS: usize = 120;
const SCHEMAS: usize = 1000;
const WORKERS: usize = 8;
const FILES: usize = 10_000;
const FILE_BYTES: usize = 4096;

#[tokio::main]
async fn main() -> Result {
    // Cargo hands `--bench` to every benchmark.
    let rounds = std::env::args().skip(1).find_map(|it| it.parse().ok());
    let rounds: usize = rounds.unwrap_or(3);
    memory()?;
    let server = TestServer::shared().await?;
    let login = server.superuser("postgres".parse()?);
    let admin = PgConnectOptions::new_without_pgpass()
        .host(&login.host.host)
        .port(login.host.port)
        .username(login.user.as_str())
        .password(login.password.expose())
        .database("postgres");
    let bench = Bench { admin, rounds };
    bench.trivial().await?;
    bench.tenants().await?;
    bench.nothing_pending().await
}

struct Bench {
    admin: PgConnectOptions,
    rounds: usize,
}

/// Ours and theirs, each in a database of its own.
#[derive(Default)]
struct Times {
    ours: Vec<Duration>,
    theirs: Vec<Duration>,
}

impl Times {
    fn print(&self, name: &str) {
        let milliseconds = |times: &[Duration]| -> Vec<f64> {
            times.iter().map(|time| time.as_secs_f64() * 1e3).collect()
        };
        let (ours, theirs) = (milliseconds(&self.ours), milliseconds(&self.theirs));
        print(&json!({ "name": name, "ours_ms": ours, "theirs_ms": theirs }));
    }
}

impl Bench {
    /// A thousand files, and then nothing to do.
    async fn trivial(&self) -> Result {
        let files = files(TRIVIAL, |number| {
            format!("create table t{number} (id int);")
        })?;
        let (mut all, mut nothing) = (Times::default(), Times::default());
        for _ in 0..self.rounds {
            let database = self.database().await?;
            let stock = sqlx::migrate::Migrator::new(files.path()).await?;
            for times in [&mut all, &mut nothing] {
                let begun = Instant::now();
                let mut conn = database.connect().await?;
                stock.run(&mut conn).await?;
                conn.close().await?;
                times.theirs.push(begun.elapsed());
            }
            self.drop(database).await?;
            let database = self.database().await?;
            let migrator = migrator(&files, "app")?;
            for times in [&mut all, &mut nothing] {
                let begun = Instant::now();
                migrator.apply(database.clone(), |_| {}).await?;
                times.ours.push(begun.elapsed());
            }
            self.drop(database).await?;
        }
        all.print("trivial");
        nothing.print("no-op");
        Ok(())
    }

    /// Ten files that take their time, in each of many schemas.
    async fn tenants(&self) -> Result {
        let files = files(10, |number| {
            format!("create table t{number} (id int);\nselect pg_sleep(0.005);")
        })?;
        let mut times = Times::default();
        for _ in 0..self.rounds {
            let database = self.database().await?;
            let begun = Instant::now();
            stock_tenants(&database, &files).await?;
            times.theirs.push(begun.elapsed());
            self.drop(database).await?;
            let database = self.database().await?;
            let begun = Instant::now();
            ours(&database, &files, TENANTS).await?;
            times.ours.push(begun.elapsed());
            self.drop(database).await?;
        }
        times.print("tenants");
        Ok(())
    }

    /// A thousand schemas in which all is done.
    async fn nothing_pending(&self) -> Result {
        let files = files(10, |number| format!("create table t{number} (id int);"))?;
        let database = self.database().await?;
        ours(&database, &files, SCHEMAS).await?;
        let mut times = Times::default();
        for _ in 0..self.rounds {
            let begun = Instant::now();
            ours(&database, &files, SCHEMAS).await?;
            times.ours.push(begun.elapsed());
        }
        times.print("schemas-no-op");
        self.drop(database).await
    }

    async fn database(&self) -> Result<PgConnectOptions> {
        let name = format!("bench_migrate_{}", std::process::id());
        self.execute(format!("create database {name}")).await?;
        Ok(self.admin.clone().database(&name))
    }

    async fn drop(&self, database: PgConnectOptions) -> Result {
        let name = database.get_database().unwrap_or_default();
        self.execute(format!("drop database {name} with (force)"))
            .await
    }

    async fn execute(&self, sql: String) -> Result {
        let mut conn = self.admin.connect().await?;
        conn.execute(raw_sql(AssertSqlSafe(sql))).await?;
        conn.close().await?;
        Ok(())
    }
}

/// How much the process grows by reading and checking many files.
fn memory() -> Result {
    let text = "select 'a line of some text, as a file of migrations has it';\n";
    let sql = text.repeat(FILE_BYTES / text.len());
    let files = files(FILES, |_| sql.clone())?;
    let before = resident("VmRSS")?;
    let begun = Instant::now();
    let migrations = Migrations::read(files.path())?;
    let read = begun.elapsed();
    let (after, peak) = (resident("VmRSS")?, resident("VmHWM")?);
    let count = migrations.iter().count();
    print(&json!({
        "name": "files",
        "count": count,
        "bytes": FILES * sql.len(),
        "growth_bytes": after.saturating_sub(before),
        "peak_bytes": peak.saturating_sub(before),
        "ours_ms": [read.as_secs_f64() * 1e3],
    }));
    Ok(())
}

/// What the kernel says of this process, in bytes.
fn resident(what: &str) -> Result<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("no such line")?.parse::<usize>()? * 1024)
}

async fn ours(database: &PgConnectOptions, files: &TempDir, count: usize) -> Result {
    let migrator = migrator(files, "app")?;
    let tenants = migrator.tenants(Connector::from(database.clone()), schemas(count)?);
    for tenant in tenants.connections(WORKERS).apply(|_, _| {}).await {
        tenant.result?;
    }
    Ok(())
}

/// As a service does it with what there is: a connection for each schema.
async fn stock_tenants(database: &PgConnectOptions, files: &TempDir) -> Result {
    let stock = Arc::new(sqlx::migrate::Migrator::new(files.path()).await?);
    let waiting: VecDeque<SchemaName> = schemas(TENANTS)?.into();
    let waiting = Arc::new(Mutex::new(waiting));
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        let (stock, waiting, database) = (stock.clone(), waiting.clone(), database.clone());
        workers.spawn(async move {
            loop {
                let next = waiting
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pop_front();
                let Some(schema) = next else {
                    return Result::Ok(());
                };
                let options = database.clone().options([("search_path", &schema)]);
                let mut conn = options.connect().await?;
                let create = format!("create schema {schema}");
                conn.execute(raw_sql(AssertSqlSafe(create))).await?;
                stock.run_direct(None, &mut conn, false).await?;
                conn.close().await?;
            }
        });
    }
    for worker in workers.join_all().await {
        worker?;
    }
    Ok(())
}

fn schemas(count: usize) -> Result<Vec<SchemaName>> {
    let names = (0..count).map(|number| format!("tenant_{number:04}").parse());
    Ok(names.collect::<std::result::Result<_, _>>()?)
}

fn migrator(files: &TempDir, schema: &str) -> Result<Migrator> {
    let migrations = Migrations::read(files.path())?;
    Ok(Migrator::new(migrations, Options::new(schema.parse()?)))
}

fn files(count: usize, sql: impl Fn(usize) -> String) -> Result<TempDir> {
    let directory = tempfile::tempdir()?;
    for number in 1..=count {
        write(directory.path(), number, &sql(number))?;
    }
    Ok(directory)
}

fn write(directory: &Path, number: usize, sql: &str) -> Result {
    let name = format!("{number:05}_step_{number}.sql");
    Ok(fs::write(directory.join(name), sql)?)
}

#[expect(clippy::print_stdout, reason = "that is what it is for")]
fn print(value: &serde_json::Value) {
    println!("{value}");
}
