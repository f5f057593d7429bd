//! Migrations that are Rust code.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use expect_test::expect;
use howdah_migrate::{Act, Back, CodeError, CodeMigration, Error, Migrations, Migrator, Target};
use sqlx::migrate::Migrator as Stock;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::support::{Files, TestDb, chain, database, execute, ignore, number, text};

pub(crate) const A: (&str, &str) = ("0001_a.sql", "create table a (id int primary key);");
pub(crate) const FILL: (&str, &str) = (
    "0002_fill.up.sql",
    "-- Fills a.\n-- howdah: code fill\n\
     do $$ begin raise exception 'fill is Rust code'; end $$;\n",
);
const EMPTY: (&str, &str) = ("0002_fill.down.sql", "-- howdah: code empty");
const B: (&str, &str) = ("0003_b.sql", "create table b (id int references a);");

pub(crate) struct Fill;

impl CodeMigration for Fill {
    async fn run(&self, conn: &mut PgConnection) -> Result<(), CodeError> {
        let mut inner = conn.begin().await?;
        for id in 1..=3_i32 {
            sqlx::query("insert into a values ($1)")
                .bind(id)
                .execute(&mut *inner)
                .await?;
        }
        inner.commit().await?;
        Ok(())
    }
}

struct Empty;

impl CodeMigration for Empty {
    async fn run(&self, conn: &mut PgConnection) -> Result<(), CodeError> {
        conn.execute("delete from a").await?;
        Ok(())
    }
}

/// Runs statements, and forgets an error if it is told to.
struct Sql(&'static [&'static str], bool);

impl CodeMigration for Sql {
    async fn run(&self, conn: &mut PgConnection) -> Result<(), CodeError> {
        for sql in self.0 {
            let ran = conn.execute(*sql).await;
            if !self.1 {
                ran?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("row 7 has no owner")]
struct NoOwner(#[source] std::num::ParseIntError);

struct Failing;

impl CodeMigration for Failing {
    async fn run(&self, conn: &mut PgConnection) -> Result<(), CodeError> {
        conn.execute("insert into a values (1)").await?;
        let number: i32 = "x".parse().map_err(NoOwner)?;
        Err(number.to_string().into())
    }
}

fn migrator(db: &TestDb, files: &Files, code: impl CodeMigration) -> Migrator {
    let migrations = files.migrations().with_code("fill", code).unwrap();
    Migrator::new(migrations, db.options())
}

async fn apply(db: &TestDb, migrator: &Migrator) -> Result<usize, Error> {
    let report = migrator.apply(db.connect_login().await, ignore).await?;
    Ok(report.applied.len())
}

/// Why this code is refused, and how many rows it leaves.
async fn refused(code: impl CodeMigration) -> (String, i64) {
    let db = database().await;
    let files = Files::new(&[A, FILL, B]);
    let migrator = migrator(&db, &files, code);
    let error = apply(&db, &migrator).await.unwrap_err();
    assert!(!error.is_retryable(), "{error:?}");
    let mut conn = db.connect().await;
    let recorded = "select count(*) from app._sqlx_migrations";
    assert_eq!(number(&mut conn, recorded).await, 1);
    let noted = "select count(*) from app._sqlx_migrations_log where act = 'failed'";
    assert_eq!(number(&mut conn, noted).await, 1);
    assert_eq!(db.advisory_locks().await, 0);
    let rows = number(&mut conn, "select count(*) from app.a").await;
    (files.strip(&chain(&error)), rows)
}

#[tokio::test]
async fn code_runs_in_its_place_there_and_back_and_sqlx_agrees() {
    let db = database().await;
    let files = Files::new(&[A, FILL, EMPTY, B]);
    let migrations = files.migrations().with_code("fill", Fill).unwrap();
    let migrations = migrations.with_code("empty", Empty).unwrap();
    let migrator = Migrator::new(migrations, db.options());
    let mut conn = db.connect_login().await;
    let plan = migrator.plan(&mut conn).await.unwrap();
    expect![[r#"
        schema "app": 0 applied, 3 pending (the schema does not exist yet)
        pending  1  a
        pending  2  fill (Rust code fill)
        pending  3  b"#]]
    .assert_eq(&plan.to_string());
    assert_eq!(apply(&db, &migrator).await.unwrap(), 3);
    let mut admin = db.connect().await;
    let rows = "select count(*) from app.a";
    assert_eq!(number(&mut admin, rows).await, 3);

    let stock = Stock::new(files.path()).await.unwrap();
    execute(&mut admin, "set search_path to app").await;
    stock.run(&mut admin).await.unwrap();

    execute(
        &mut admin,
        "delete from app._sqlx_migrations where version = 3; drop table app.b",
    )
    .await;
    let login = db.connect_login().await;
    migrator
        .revert(login, Back::Count(1), ignore)
        .await
        .unwrap();
    assert_eq!(number(&mut admin, rows).await, 0);
    let acts: Vec<Option<Act>> = migrator
        .history(&mut conn)
        .await
        .unwrap()
        .iter()
        .map(|entry| entry.act)
        .collect();
    let applied = Some(Act::Applied);
    assert_eq!(acts, [applied, applied, applied, Some(Act::Reverted)]);
}

#[tokio::test]
async fn a_program_without_the_code_applies_nothing_and_says_why() {
    let db = database().await;
    let files = Files::new(&[A, FILL, EMPTY, B]);
    let error = db.apply(&files).await.unwrap_err();
    expect![[r"
        1 problem before the first migration, nothing was executed
          0002_fill.up.sql: it is Rust code, fill, which this program does not have: apply it with the service that has (`Migrations::with_code`)"]]
    .assert_eq(&files.strip(&chain(&error)));
    let mut conn = db.connect().await;
    let tables = "select count(*) from pg_tables where schemaname = 'app'";
    assert_eq!(number(&mut conn, tables).await, 0);

    let mut options = db.options();
    options.target = Target::Count(1);
    let before_it = Migrator::new(files.migrations(), options);
    assert_eq!(apply(&db, &before_it).await.unwrap(), 1);
    assert!(db.migrator(&files).plan(&mut conn).await.is_ok());

    let with_code = migrator(&db, &files, Fill);
    assert_eq!(apply(&db, &with_code).await.unwrap(), 2);
    let login = db.connect_login().await;
    let error = with_code
        .revert(login, Back::All, ignore)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
}

#[tokio::test]
async fn stock_sqlx_stops_at_the_guard_of_a_stub() {
    let db = database().await;
    let files = Files::new(&[A, FILL, B]);
    let mut conn = db.connect().await;
    let stock = Stock::new(files.path()).await.unwrap();
    let error = stock.run(&mut conn).await.unwrap_err();
    assert!(chain(&error).contains("fill is Rust code"), "{error}");
}

#[tokio::test]
async fn an_error_of_the_code_keeps_nothing_and_is_told_with_its_causes() {
    let (message, rows) = refused(Failing).await;
    assert_eq!(rows, 0);
    expect![[r"
        the migration 0002_fill.up.sql failed
        0002_fill.up.sql: code fill: row 7 has no owner: invalid digit found in string
        next: nothing of it was kept: correct the code and run again"]]
    .assert_eq(&message);
    let (message, rows) = refused(Sql(&["insert into a values (1), (1)"], false)).await;
    assert_eq!(rows, 0);
    expect![[r#"
        the migration 0002_fill.up.sql failed
        0002_fill.up.sql: code fill: duplicate key value violates unique constraint "a_pkey" (SQLSTATE 23505)
        detail: Key (id)=(1) already exists.
        next: nothing of it was kept: correct the code and run again"#]]
    .assert_eq(&message);
}

#[tokio::test]
async fn code_that_ends_its_transaction_is_an_error_that_says_so() {
    for (statements, kept, what) in [
        (
            &["insert into a values (1)", "commit"][..],
            1,
            "it committed the transaction",
        ),
        (
            &[
                "insert into a values (1)",
                "commit",
                "insert into a values (2)",
            ],
            2,
            "it committed",
        ),
        (
            &[
                "insert into a values (1)",
                "commit and chain",
                "insert into a values (2)",
            ],
            1,
            "it committed",
        ),
        (&["commit", "begin"], 0, "it committed"),
        (&["rollback"], 0, "it rolled back the transaction"),
        (
            &["rollback", "begin", "insert into a values (1)"],
            0,
            "it rolled back",
        ),
    ] {
        let (message, rows) = refused(Sql(statements, false)).await;
        assert_eq!(rows, kept, "{statements:?}");
        assert!(message.contains(what), "{statements:?}: {message}");
    }
}

#[tokio::test]
async fn an_error_that_the_code_keeps_to_itself_is_found() {
    let (message, _) = refused(Sql(&["select missing"], true)).await;
    assert!(
        message.contains("it returned without an error after the server had refused"),
        "{message}"
    );
}

#[tokio::test]
async fn what_code_does_to_the_session_ends_with_it() {
    let db = database().await;
    let files = Files::new(&[A, FILL, B]);
    files.write(
        "0003_b.sql",
        "create table b as select current_user as who, current_setting('search_path') as path;",
    );
    let code = Sql(
        &[
            "set search_path to pg_temp",
            "set statement_timeout to 1",
            "reset statement_timeout",
            "create temp table b (id int)",
            "reset role",
        ],
        false,
    );
    let migrator = migrator(&db, &files, code);
    assert_eq!(apply(&db, &migrator).await.unwrap(), 3);
    let mut conn = db.connect().await;
    let session = text(&mut conn, "select who || ' ' || path from app.b").await;
    assert_eq!(session, format!("{} app", db.owner.as_str()));
}

/// Counts how often it begins.
struct Counted(Arc<AtomicU32>);

impl CodeMigration for Counted {
    async fn run(&self, conn: &mut PgConnection) -> Result<(), CodeError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        conn.execute("insert into a values (1)").await?;
        conn.execute("alter table a add column name text").await?;
        Ok(())
    }
}

#[tokio::test]
async fn code_that_waits_too_long_for_a_lock_runs_again() {
    let db = database().await;
    let files = Files::new(&[A]);
    db.apply(&files).await.unwrap();
    files.write(FILL.0, FILL.1);
    let mut holder = db.connect().await;
    execute(&mut holder, "begin; lock table app.a in row exclusive mode").await;
    let mut options = db.options();
    options.lock_timeout = std::time::Duration::from_millis(100);
    let begun = Arc::new(AtomicU32::new(0));
    let migrations = files.migrations();
    let migrations = migrations
        .with_code("fill", Counted(Arc::clone(&begun)))
        .unwrap();
    let migrator = Migrator::new(migrations, options);
    let mut holder = Some(holder);
    let login = db.connect_login().await;
    let report = migrator
        .apply(login, |event| {
            if matches!(event, howdah_migrate::Event::Retrying { .. }) {
                drop(holder.take());
            }
        })
        .await
        .unwrap();
    assert_eq!(report.applied.len(), 1);
    assert!(begun.load(Ordering::Relaxed) >= 2);
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, "select count(*) from app.a").await, 1);
}

#[test]
fn a_mark_and_its_code_are_one_to_one() {
    let refusal = |files: &[(&str, &str)]| {
        let files = Files::new(files);
        let error = files.migrations().with_code("fill", Fill).unwrap_err();
        files.strip(&chain(&error))
    };
    expect![[r"
        1 problem in the migration files
          code fill: no migration has the mark `-- howdah: code fill`: write a file with it, whose version says when it runs"]]
    .assert_eq(&refusal(&[A]));
    expect![[r"
        1 problem in the migration files
          0003_fill.sql: the code fill has a file already, 0002_fill.up.sql"]]
    .assert_eq(&refusal(&[
        A,
        FILL,
        ("0003_fill.sql", "-- howdah: code fill"),
    ]));
    let outside = "-- no-transaction\n-- howdah: code fill";
    expect![[r"
        1 problem in the migration files
          0001_fill.sql: the code runs in one transaction: remove `-- no-transaction`"]]
    .assert_eq(&refusal(&[("0001_fill.sql", outside)]));
    let files = Files::new(&[("0001_fill.sql", "-- howdah: code fill\nselect 1;")]);
    let error = Migrations::read(files.path()).unwrap_err();
    expect![[r"
        1 problem in the migration files
          0001_fill.sql:1: code runs in place of this file, so its statements would not run: move them to a file of their own (a single `do` that raises an exception may stay, for runners that do not know the code)"]]
    .assert_eq(&files.strip(&chain(&error)));
}

#[tokio::test]
async fn a_service_spawns_several() {
    let db = database().await;
    let files = Files::new(&[A, FILL, ("0003_more.sql", "-- howdah: code more")]);
    let migrations = files.migrations().with_code("fill", Fill).unwrap();
    let migrations = migrations.with_code("more", Again).unwrap();
    let migrator = Migrator::new(migrations, db.options());
    let login = db.connect_login().await;
    let applied = tokio::spawn(async move { migrator.apply(login, ignore).await });
    assert_eq!(applied.await.unwrap().unwrap().applied.len(), 3);
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, "select count(*) from app.a").await, 3);
}

/// The same transaction once more, given up.
struct Again;

impl CodeMigration for Again {
    async fn run(&self, conn: &mut PgConnection) -> Result<(), CodeError> {
        let mut inner = conn.begin().await?;
        inner.execute("insert into a values (4)").await?;
        drop(inner);
        conn.execute("select 1").await?;
        Ok(())
    }
}
