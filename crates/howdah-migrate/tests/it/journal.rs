//! Files without a transaction that hold several statements, and runs that end in the middle of them.

use std::process::Child;

use howdah_migrate::{Act, Event, Migrator};
use howdah_testkit::fault::{Cut, Moment, Proxy};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, Row as _, raw_sql};

use crate::support::{
    Files, LOCKS, TestDb, chain, database, eventually, every, execute, ignore, number,
};

const TABLE: (&str, &str) = (
    "0001_a.sql",
    "create table a (id int, b int);\ncreate table seen (what text);",
);
/// Each of its statements would be noticed if it ran twice or not at all.
const MANY: (&str, &str) = (
    "0002_many.sql",
    "-- no-transaction
set work_mem = '8MB';
insert into seen values ('first');
create index concurrently a_id_idx on a (id);
insert into seen select 'second ' || current_setting('work_mem');
vacuum a;
create unique index concurrently \"A b\" on a (b);
drop index concurrently a_id_idx;
insert into seen values ('third');
",
);
const SEEN: &str = "select string_agg(what, ', ' order by what) from app.seen";
const INVALID: &str = "select count(*) from pg_index where not indisvalid";

async fn assert_all_is_done_once(conn: &mut PgConnection, context: &str) {
    let row = conn.fetch_one(raw_sql(AssertSqlSafe(SEEN))).await.unwrap();
    let seen: String = row.get(0);
    assert_eq!(seen, "first, second 8MB, third", "{context}");
    assert_eq!(number(conn, INVALID).await, 0, "{context}");
    let indexes = "select count(*) from pg_indexes where schemaname = 'app' and tablename = 'a'";
    assert_eq!(number(conn, indexes).await, 1, "{context}");
    let done = "select count(*) from app._sqlx_migrations where success";
    assert_eq!(number(conn, done).await, 2, "{context}");
}

#[tokio::test]
async fn several_statements_run_in_their_order() {
    let db = database().await;
    let files = Files::new(&[TABLE, MANY]);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 2);
    assert_all_is_done_once(&mut db.connect().await, "at once").await;
}

/// Runs with a connection that ends at a statement, and then with one that does not. `None`: there was no such statement.
async fn cut_and_go_on(cut: Cut) -> Option<TestDb> {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    files.write(MANY.0, MANY.1);
    let proxy = Proxy::in_front_of(&db.superuser()).unwrap();
    let login = db.login_options().host("127.0.0.1").port(proxy.port());
    let conn = login.connect().await.unwrap();
    let cut = proxy.arm(cut);
    let first = db.migrator(&files).apply(conn, ignore).await;
    drop(cut);
    if first.is_ok() {
        return None;
    }
    // On PostgreSQL 13 the server does not see that the client is gone before it has something to tell it.
    eventually(&mut db.connect().await, LOCKS, 0).await;
    db.apply(&files)
        .await
        .unwrap_or_else(|error| panic!("{}", chain(&error)));
    Some(db)
}

#[test]
fn a_client_that_is_gone_before_any_statement_is_gone_on_from_there() {
    let count = every(|nth| async move {
        let cut = Cut::before(Moment::Statement(String::new())).nth(nth);
        let db = cut_and_go_on(cut).await?;
        assert_all_is_done_once(&mut db.connect().await, &format!("before statement {nth}")).await;
        Some(())
    });
    assert!(count > 30, "{count} statements");
}

#[test]
fn a_client_that_is_gone_after_any_statement_is_gone_on_from_there() {
    let count = every(|nth| async move {
        let db = cut_and_go_on(Cut::answer_to("").nth(nth)).await?;
        assert_all_is_done_once(&mut db.connect().await, &format!("after statement {nth}")).await;
        Some(())
    });
    assert!(count > 30, "{count} statements");
}

#[tokio::test]
async fn a_process_that_is_killed_at_any_statement_is_gone_on_from_there() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table seen (what int);")]);
    db.apply(&files).await.unwrap();
    let statements = [1, 2, 3, 4]
        .map(|k| format!("insert into seen values ({k}); select pg_advisory_xact_lock({k});"))
        .join("\n");
    files.write("0002_b.sql", format!("-- no-transaction\n{statements}"));
    for k in 1..=4 {
        let mut gate = db.connect().await;
        execute(&mut gate, &format!("select pg_advisory_lock({k})")).await;
        let mut process = db.spawn_apply(&files);
        let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted";
        eventually(&mut db.connect().await, waiting, 1).await;
        kill(&mut process);
        execute(&mut gate, &format!("select pg_advisory_unlock({k})")).await;
        eventually(&mut db.connect().await, LOCKS, 0).await;
    }
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, "select count(*) from app.seen").await, 4);
    assert_eq!(
        number(&mut conn, "select sum(what) from app.seen").await,
        10
    );
}

fn kill(process: &mut Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

#[tokio::test]
async fn a_statement_that_fails_keeps_those_before_it_and_may_be_corrected() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    let wrong = MANY.1.replace("vacuum a", "vacuum nowhere");
    files.write(MANY.0, &wrong);
    let error = db.apply(&files).await.unwrap_err();
    let words = files.strip(&chain(&error));
    assert!(
        words.contains("0002_many.sql:6: relation \"nowhere\" does not exist"),
        "{words}"
    );
    assert_eq!(db.advisory_locks().await, 0);

    files.write(MANY.0, wrong.replace("'first'", "'edited'"));
    let error = db.apply(&files).await.unwrap_err().to_string();
    assert!(
        error.contains("its statement 2 was edited while"),
        "{error}"
    );

    files.write(MANY.0, MANY.1);
    db.apply(&files).await.unwrap();
    assert_all_is_done_once(&mut db.connect().await, "corrected").await;
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 0);
}

#[tokio::test]
async fn a_block_that_ends_transactions_itself_may_do_so() {
    let db = database().await;
    let block = "do $$ begin insert into seen values ('one'); commit; insert into seen values ('two'); end $$;";
    let files = Files::new(&[
        TABLE,
        ("0002_b.sql", &format!("-- no-transaction\n{block}")),
    ]);
    db.apply(&files).await.unwrap();
    assert_eq!(
        number(&mut db.connect().await, "select count(*) from app.seen").await,
        2
    );
}

#[tokio::test]
async fn a_statement_that_waits_too_long_for_a_table_is_tried_again() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    files.write(
        "0002_b.sql",
        "-- no-transaction\nset work_mem = '8MB';\nalter table a add column c text;\n\
         insert into seen select current_setting('work_mem');",
    );
    let mut reader = db.connect().await;
    execute(&mut reader, "begin; select * from app.a").await;
    let mut options = db.options();
    options.lock_timeout = std::time::Duration::from_millis(50);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let release = tokio::spawn(async move {
        told.recv().await;
        execute(&mut reader, "commit").await;
    });
    let listener = move |event: Event<'_>| {
        if matches!(event, Event::Retrying { .. }) {
            // Nobody listens any more after the first.
            let _is_heard = tell.send(());
        }
    };
    let migrator = Migrator::new(files.migrations(), options);
    migrator
        .apply(db.connect_login().await, listener)
        .await
        .unwrap();
    release.await.unwrap();
    let set = "select count(*) from app.seen where what = '8MB'";
    assert_eq!(number(&mut db.connect().await, set).await, 1);
}

#[tokio::test]
async fn the_log_says_who_did_what() {
    let db = database().await;
    let files = Files::new(&[TABLE, ("0002_b.sql", "select 1 / 0;")]);
    let mut options = db.options();
    options.actor.version = Some("1.2.3".to_owned());
    options.actor.host = Some("pod-7".to_owned());
    let migrator = Migrator::new(files.migrations(), options);
    migrator
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap_err();
    let history = migrator
        .history(&mut db.connect_login().await)
        .await
        .unwrap();
    let [applied, failed] = history.as_slice() else {
        panic!("{history:?}");
    };
    assert_eq!(
        (applied.act, applied.description.as_str()),
        (Some(Act::Applied), "a")
    );
    assert!(applied.elapsed.is_some() && applied.role == db.login.as_str());
    assert_eq!(applied.application_version.as_deref(), Some("1.2.3"));
    assert_eq!(applied.host.as_deref(), Some("pod-7"));
    assert_eq!(applied.application.as_deref(), Some("howdah-migrate-test"));
    assert_eq!(
        (failed.act, failed.sqlstate.as_deref()),
        (Some(Act::Failed), Some("22012"))
    );
    assert!(failed.message.as_deref().unwrap().contains("0002_b.sql"));
}

#[tokio::test]
async fn a_statement_that_lets_the_lock_go_is_the_last_one_of_the_run() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    files.write(
        "0002_b.sql",
        "-- no-transaction\nselect pg_advisory_unlock_all();\ninsert into seen values ('once');",
    );
    let error = db.apply(&files).await.unwrap_err();
    assert!(matches!(error, howdah_migrate::Error::LockLost), "{error}");
    let seen = "select count(*) from app.seen";
    assert_eq!(number(&mut db.connect().await, seen).await, 0);
    db.apply(&files).await.unwrap();
    assert_eq!(number(&mut db.connect().await, seen).await, 1);
}

#[tokio::test]
async fn how_long_a_file_took_is_the_sum_of_what_ended_in_each_of_its_runs() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    let slow = "-- no-transaction\nselect pg_sleep(0.3);\nvacuum a;\ndo $$ begin perform pg_sleep(0.3); commit; end $$;\n";
    files.write("0002_b.sql", format!("{slow}vacuum nowhere;"));
    db.apply(&files).await.unwrap_err();
    files.write("0002_b.sql", format!("{slow}vacuum seen;"));
    let report = db.apply(&files).await.unwrap();
    let elapsed = report.applied[0].elapsed;
    assert!(elapsed.as_millis() >= 600, "{elapsed:?}");
    let mut conn = db.connect().await;
    for sql in [
        "select execution_time from app._sqlx_migrations where version = 2",
        "select elapsed from app._sqlx_migrations_log where version = 2 and act = 'applied'",
    ] {
        let written = u128::try_from(number(&mut conn, sql).await).unwrap();
        assert_eq!(written, elapsed.as_nanos(), "{sql}");
    }
}
