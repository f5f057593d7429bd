use std::time::Duration;

use howdah_migrate::{Error, Event, Migrator};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::{Files, LOCKS, database, eventually, execute, ignore, number};

const SLEEPING: &str = "select count(*) from pg_stat_activity where datname = current_database() \
     and state = 'active' and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()";

#[tokio::test]
async fn a_failing_migration_frees_the_lock_at_once() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "select 1 / 0;")]);
    db.apply(&files).await.unwrap_err();
    assert_eq!(db.advisory_locks().await, 0);
}

#[tokio::test]
async fn a_cancelled_apply_frees_the_lock_in_the_middle_of_a_statement() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a (); select pg_sleep(600);")]);
    let (migrator, conn) = (db.migrator(&files), db.connect_login().await);
    let task = tokio::spawn(async move { migrator.apply(conn, ignore).await });
    let mut watcher = db.connect().await;
    eventually(&mut watcher, SLEEPING, 1).await;
    assert_eq!(number(&mut watcher, LOCKS).await, 2);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    // PostgreSQL 13 cannot notice that the client is gone: there the statement runs to its end.
    let notices = "select (current_setting('server_version_num')::int >= 140000)::int::bigint";
    if number(&mut watcher, notices).await == 1 {
        eventually(&mut watcher, LOCKS, 0).await;
        assert_eq!(
            number(
                &mut watcher,
                "select count(*) from pg_tables where tablename = 'a'"
            )
            .await,
            0
        );
    }
}

#[tokio::test]
async fn a_panicking_listener_frees_the_lock() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a ();")]);
    let (migrator, conn) = (db.migrator(&files), db.connect_login().await);
    let listener =
        |event: Event<'_>| assert!(!matches!(event, Event::Started(_)), "the listener panics");
    let task = tokio::spawn(async move { migrator.apply(conn, listener).await });
    assert!(task.await.unwrap_err().is_panic());
    eventually(&mut db.connect().await, LOCKS, 0).await;
}

#[tokio::test]
async fn the_deadline_for_the_lock_names_its_holder() {
    let db = database().await;
    let slow = Files::new(&[("0001_a.sql", "select pg_sleep(600);")]);
    let (migrator, conn) = (db.migrator(&slow), db.connect_login().await);
    let holder = tokio::spawn(async move { migrator.apply(conn, ignore).await });
    eventually(&mut db.connect().await, SLEEPING, 1).await;

    let mut options = db.options();
    options.lock_deadline = Duration::from_millis(200);
    let migrator = Migrator::new(slow.migrations(), options);
    let mut waits = 0;
    let error = migrator
        .apply(db.connect_login().await, |event| {
            assert!(
                matches!(
                    event,
                    Event::Waiting {
                        holder: Some(_),
                        ..
                    }
                ),
                "{event:?}"
            );
            waits += 1;
        })
        .await
        .unwrap_err();
    assert_eq!(waits, 1);
    assert!(error.is_retryable());
    let message = error.to_string();
    assert!(message.starts_with("no migration lock within"), "{message}");
    assert!(
        message.contains("(howdah-migrate-test), open for"),
        "{message}"
    );
    holder.abort();
}

#[tokio::test]
async fn a_lost_lock_stops_the_run() {
    let db = database().await;
    let files = Files::new(&[
        ("0001_a.sql", "select pg_advisory_unlock_all();"),
        ("0002_b.sql", "create table b ();"),
    ]);
    let error = db.apply(&files).await.unwrap_err();
    assert!(matches!(error, Error::LockLost), "{error}");
    let plan = db
        .migrator(&files)
        .plan(&mut db.connect().await)
        .await
        .unwrap();
    assert_eq!(plan.pending().len(), 1);
}

#[tokio::test]
async fn replicas_that_start_together_apply_each_migration_once() {
    let db = database().await;
    let files = Files::new(&[
        ("0001_a.sql", "create table a (id int);"),
        ("0002_b.sql", "insert into a values (1);"),
    ]);
    let mut racers = JoinSet::new();
    for _ in 0..6 {
        let (migrator, conn) = (db.migrator(&files), db.connect_login().await);
        racers.spawn(async move { migrator.apply(conn, ignore).await });
    }
    let reports = racers.join_all().await;
    let applied: usize = reports
        .into_iter()
        .map(|report| report.unwrap().applied.len())
        .sum();
    assert_eq!(applied, 2);
    assert_eq!(
        number(&mut db.connect().await, "select count(*) from app.a").await,
        1
    );
}

#[tokio::test]
async fn a_run_in_one_schema_does_not_wait_for_another() {
    let db = database().await;
    let slow = Files::new(&[("0001_a.sql", "select pg_sleep(600);")]);
    let (migrator, conn) = (db.migrator(&slow), db.connect_login().await);
    let holder = tokio::spawn(async move { migrator.apply(conn, ignore).await });
    eventually(&mut db.connect().await, SLEEPING, 1).await;

    let quick = Files::new(&[("0001_a.sql", "create table a ();")]);
    let mut options = db.options();
    options.schema = "tenant".parse().unwrap();
    options.lock_deadline = Duration::from_millis(100);
    let migrator = Migrator::new(quick.migrations(), options);
    let report = migrator.apply(db.connect_login().await, ignore).await;
    assert_eq!(report.unwrap().applied.len(), 1);
    holder.abort();
}

#[tokio::test]
async fn a_busy_table_is_tried_again_and_the_blocker_is_named() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a (id int);")]);
    db.apply(&files).await.unwrap();
    files.write("0002_b.sql", "alter table a add column b int;");

    let mut reader = db.connect().await;
    execute(
        &mut reader,
        "set application_name to 'the-reader'; begin; select * from app.a",
    )
    .await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let blocker = tokio::spawn(async move {
        let named: String = told.recv().await.unwrap();
        execute(&mut reader, "commit").await;
        named
    });
    let mut options = db.options();
    options.lock_timeout = Duration::from_millis(50);
    let report = Migrator::new(files.migrations(), options)
        .apply(db.connect().await, |event| {
            if let Event::Retrying { blockers, .. } = event {
                // Only the first try meets the reader for sure.
                drop(tell.send(blockers.iter().map(ToString::to_string).collect()));
            }
        })
        .await
        .unwrap();
    assert_eq!(report.applied.len(), 1);
    let named = blocker.await.unwrap();
    assert!(named.contains("(the-reader), open for"), "{named}");
    assert!(named.contains("holds AccessShareLock on a"), "{named}");
}

#[tokio::test]
async fn a_table_that_stays_busy_ends_the_run_and_keeps_nothing() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a (id int);")]);
    db.apply(&files).await.unwrap();
    files.write(
        "0002_b.sql",
        "create table b ();\nalter table a add column b int;",
    );
    let mut reader = db.connect().await;
    execute(&mut reader, "begin; select * from app.a").await;
    let mut options = db.options();
    options.lock_timeout = Duration::from_millis(20);
    options.lock_deadline = Duration::from_millis(300);
    let migrator = Migrator::new(files.migrations(), options);
    let error = migrator
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Blocked { blockers, .. } if blockers.len() == 1),
        "{error}"
    );
    assert_eq!(error.sqlstate().as_deref(), Some("55P03"));
    assert!(error.is_retryable());
    assert_eq!(db.advisory_locks().await, 0);
    let tables = "select count(*) from pg_tables where schemaname = 'app' and tablename = 'b'";
    assert_eq!(number(&mut db.connect().await, tables).await, 0);
}
