//! What the engine refuses before it runs, the server would refuse too, and nothing that it would take.

use howdah_migrate::{Error, Migrations, Migrator};
use howdah_testkit::TestServer;
use sqlx::{AssertSqlSafe, Executor as _, raw_sql};

use crate::support::{Files, TestDb, database, execute, ignore, number};

const SETUP: &str = "create schema app; create table app.a (id int); create index a_idx on app.a (id);
    create table app.p (id int) partition by list (id); create table app.q partition of app.p for values in (1);
    create table app.\"concurrently\" (id int)";

const REFUSED: &[&str] = &[
    "vacuum",
    "vacuum (full) app.a",
    "create database x",
    "drop database x",
    "create tablespace x location '/x'",
    "drop tablespace x",
    "alter system set work_mem = '5MB'",
    "alter database postgres set tablespace pg_default",
    "discard all",
    "create index concurrently b on app.a (id)",
    "create unique index concurrently if not exists b on app.a (id)",
    "drop index concurrently app.a_idx",
    "reindex index concurrently app.a_idx",
    "reindex table concurrently app.a",
    "reindex schema app",
    "cluster",
    "cluster verbose",
    "create subscription s connection 'dbname=x' publication p",
];

/// Not all versions read these.
const REFUSED_SINCE_14: &[&str] = &[
    "reindex (concurrently) table app.a",
    "reindex (concurrently on, verbose) table app.a",
    "alter table app.p detach partition app.q concurrently",
];

const TAKEN: &[&str] = &[
    "analyze app.a",
    "reindex table app.a",
    "reindex table app.\"concurrently\"",
    "cluster app.a using a_idx",
    "alter table app.p detach partition app.q",
    "alter database postgres set work_mem = '5MB'",
    "create subscription s connection 'dbname=x' publication p with (connect = false)",
    "discard temp",
    "notify somebody",
    "create type app.mood as enum ('a'); alter type app.mood add value 'b'",
    "create materialized view app.m as select 1 as id; create unique index on app.m (id); \
     refresh materialized view concurrently app.m",
];

const TAKEN_SINCE_14: &[&str] = &["reindex (concurrently off) table app.a"];

/// Whether the server says that it takes this in no transaction block.
async fn server_refuses(db: &TestDb, sql: &str) -> bool {
    let mut conn = db.connect().await;
    execute(&mut conn, "begin").await;
    let done = conn.execute(raw_sql(AssertSqlSafe(sql.to_owned()))).await;
    let code = done.err().map(|error| {
        let error = error.into_database_error().unwrap();
        error.code().unwrap().into_owned()
    });
    assert!(
        code.as_deref().is_none_or(|code| code == "25001"),
        "{sql}: {code:?}"
    );
    code.is_some()
}

async fn engine_refuses(db: &TestDb, sql: &str) -> bool {
    let file = Migrations::single("1_a.sql", sql).unwrap();
    let plan = Migrator::new(file, db.options())
        .plan(&mut db.connect().await)
        .await;
    match plan {
        Ok(_) => false,
        Err(Error::Refused { problems }) => {
            let message = problems[0].to_string();
            assert!(message.contains("cannot run in a transaction"), "{message}");
            true
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn what_the_engine_refuses_the_server_refuses_and_nothing_else() {
    let db = database().await;
    execute(&mut db.connect().await, SETUP).await;
    let is_new = TestServer::shared().await.unwrap().major() >= 14;
    let since_14 = |all: &'static [&'static str]| if is_new { all } else { &[] };
    for sql in REFUSED.iter().chain(since_14(REFUSED_SINCE_14)) {
        assert!(server_refuses(&db, sql).await, "{sql}");
        assert!(engine_refuses(&db, sql).await, "{sql}");
    }
    for sql in TAKEN.iter().chain(since_14(TAKEN_SINCE_14)) {
        assert!(!server_refuses(&db, sql).await, "{sql}");
        assert!(!engine_refuses(&db, sql).await, "{sql}");
    }
}

#[tokio::test]
async fn what_cannot_run_is_found_before_anything_runs() {
    let db = database().await;
    let files = Files::new(&[
        ("0001_a.sql", "create table a (id int);"),
        ("0002_b.sql", "\\connect app\ncreate table b ();"),
        (
            "0003_c.sql",
            "create table c ();\ncopy a from stdin;\n1\n\\.\n",
        ),
        ("0004_d.sql", "create index concurrently a_idx on a (id);"),
    ]);
    let error = db.apply(&files).await.unwrap_err();
    let Error::Refused { problems } = error else {
        panic!("{error}");
    };
    let problems: Vec<String> = problems.iter().map(|one| files.strip(one)).collect();
    assert_eq!(
        problems,
        [
            "0002_b.sql:1: `\\connect` is for psql, not SQL: remove it: migrations run in the one database that the \
             connection leads to",
            "0003_c.sql:2: `copy` from stdin or to stdout is for psql, not SQL: write the rows as `insert`",
            "0004_d.sql:1: `create index concurrently` cannot run in a transaction, and this file runs in one: put it \
             into a file whose very first bytes are `-- no-transaction`",
        ]
    );
    let made = "select count(*) from pg_namespace where nspname = 'app'";
    assert_eq!(number(&mut db.connect().await, made).await, 0);
}

#[tokio::test]
async fn a_notification_does_not_break_a_run() {
    let db = database().await;
    let files = Files::new(&[
        ("0001_a.sql", "notify somebody, 'a'; create table a ();"),
        (
            "0002_b.sql",
            "listen howdah_me; notify howdah_me; create table b ();",
        ),
        ("0003_c.sql", "notify howdah_me, 'c'; create table c ();"),
        (
            "0004_d.sql",
            "-- no-transaction\nnotify howdah_me, 'd';\nvacuum a;\nnotify howdah_me;",
        ),
    ]);
    let report = db.apply(&files).await.unwrap();
    assert_eq!(report.applied.len(), 4);
    let migrator = db.migrator(&files);
    assert!(
        migrator
            .plan(&mut db.connect_login().await)
            .await
            .unwrap()
            .is_up_to_date()
    );
    let again = migrator.apply(db.connect_login().await, ignore).await;
    assert!(again.unwrap().applied.is_empty());
}
