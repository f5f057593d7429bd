//! Statements that run outside a transaction and whose run ends just before them or just behind them: the next run goes on.

use howdah_migrate::{Migrator, Options};
use howdah_testkit::fault::{Cut, Moment, Proxy};
use sqlx::{Connection as _, PgConnection};

use crate::support::{Files, LOCKS, TestDb, chain, database, eventually, execute, ignore, number};

/// What is there before, the statement, and what holds behind it.
const STATEMENTS: &[(&str, &str, &str)] = &[
    (
        "create table app.t (id int); create index i on app.t (id)",
        "drop index concurrently i",
        "select count(*) = 0 from pg_class where relname = 'i'",
    ),
    (
        "create table app.t (id int); create index i on app.t (id)",
        "drop index concurrently if exists app.i",
        "select count(*) = 0 from pg_class where relname = 'i'",
    ),
    (
        "select",
        "create database NAME_other",
        "select count(*) = 1 from pg_database where datname = 'NAME_other'",
    ),
    (
        "create database NAME_other",
        "drop database NAME_other",
        "select count(*) = 0 from pg_database where datname = 'NAME_other'",
    ),
    (
        "select",
        "create subscription NAME_s connection 'dbname=x' publication p with (connect = false)",
        "select count(*) = 1 from pg_subscription where subname = 'NAME_s'",
    ),
    (
        "create subscription NAME_s connection 'dbname=x' publication p with (connect = false); \
         alter subscription NAME_s set (slot_name = none)",
        "drop subscription NAME_s",
        "select count(*) = 0 from pg_subscription where subname = 'NAME_s'",
    ),
    (
        "create table app.t (id int)",
        "vacuum (analyze) app.t",
        "select true",
    ),
    ("select", "alter system reset work_mem", "select true"),
    (
        "create type app.mood as enum ('sad')",
        "alter type mood add value 'glad'",
        "select count(*) = 2 from pg_enum",
    ),
    (
        "create materialized view app.m as select 1 as id; create unique index on app.m (id)",
        "refresh materialized view concurrently m",
        "select count(*) = 1 from app.m",
    ),
    (
        "create table app.t (id int); create index i on app.t (id)",
        "reindex index concurrently i",
        "select count(*) = 1 from pg_index where indisvalid and indexrelid = 'app.i'::regclass",
    ),
];

const CLEAN: &[&str] = &[
    "drop database if exists NAME_other",
    "do $$ begin alter subscription NAME_s set (slot_name = none); exception when others then null; end $$",
    "drop subscription if exists NAME_s",
];

/// Who may do all this: the superuser.
fn migrator(db: &TestDb, files: &Files) -> Migrator {
    let mut options = Options::new(crate::support::schema());
    options.lock_deadline = db.options().lock_deadline;
    Migrator::new(files.migrations(), options)
}

async fn is_gone_on(before: &str, statement: &str, behind: &str, cut: Cut) {
    let db = database().await;
    let named = |sql: &str| sql.replace("NAME", db.name());
    let files = Files::new(&[("0001_a.sql", "create table seen (what text);")]);
    let mut conn = db.connect().await;
    let first = migrator(&db, &files);
    first.apply(db.connect().await, ignore).await.unwrap();
    for sql in named(before).split("; ") {
        execute(&mut conn, sql).await;
    }
    let sql = format!(
        "-- no-transaction\n{};\ninsert into seen values ('x');",
        named(statement)
    );
    files.write("0002_b.sql", sql);

    let proxy = Proxy::in_front_of(&db.superuser()).unwrap();
    let through = db.admin_options().host("127.0.0.1").port(proxy.port());
    let victim = PgConnection::connect_with(&through).await.unwrap();
    let cut = proxy.arm(cut);
    let migrator = migrator(&db, &files);
    migrator.apply(victim, ignore).await.unwrap_err();
    drop(cut);
    eventually(&mut conn, LOCKS, 0).await;
    let again = migrator.apply(db.connect().await, ignore).await;
    again.unwrap_or_else(|error| panic!("{statement}: {}", chain(&error)));
    let holds = format!("select ({})::int::bigint", named(behind));
    assert_eq!(number(&mut conn, &holds).await, 1, "{statement}");
    let seen = "select count(*) from app.seen";
    assert_eq!(number(&mut conn, seen).await, 1, "{statement}");
    for sql in CLEAN {
        execute(&mut conn, &named(sql)).await;
    }
}

#[tokio::test]
async fn a_statement_outside_a_transaction_whose_run_ended_just_before_it_is_gone_on_with() {
    for (before, statement, behind) in STATEMENTS {
        let words: String = statement.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let cut = Cut::before(Moment::Statement(words));
        is_gone_on(before, statement, behind, cut).await;
    }
}

#[tokio::test]
async fn a_statement_outside_a_transaction_whose_run_ended_just_behind_it_is_gone_on_behind() {
    for (before, statement, behind) in STATEMENTS {
        let words: String = statement.split(' ').take(2).collect::<Vec<_>>().join(" ");
        is_gone_on(before, statement, behind, Cut::answer_to(words)).await;
    }
}

/// An interrupted drop leaves an invalid index, which no build of another tool has left.
#[tokio::test]
async fn a_file_that_drops_an_index_and_builds_it_anew_goes_on_where_the_drop_was_cancelled() {
    let db = database().await;
    let files = Files::new(&[(
        "0001_a.sql",
        "create table t (id int, b int); create index i on t (id);",
    )]);
    db.apply(&files).await.unwrap();
    files.write(
        "0002_b.sql",
        "-- no-transaction\ndrop index concurrently i;\ncreate index concurrently i on t (b);",
    );
    let mut reader = db.connect().await;
    execute(&mut reader, "begin; select * from app.t").await;
    let mut options = db.options();
    options.lock_deadline = std::time::Duration::from_millis(300);
    let migrator = Migrator::new(files.migrations(), options);
    let error = migrator.apply(db.connect_login().await, ignore).await;
    let error = error.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("55P03"), "{error}");
    execute(&mut reader, "commit").await;
    let invalid = "select count(*) from pg_index where not indisvalid";
    assert_eq!(number(&mut reader, invalid).await, 1);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    assert_eq!(number(&mut reader, invalid).await, 0);
}
