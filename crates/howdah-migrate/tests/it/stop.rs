//! A run that is asked to end.

use std::time::Duration;

use howdah_migrate::{Connector, Error, Report, Stop, TenantEvent};
use howdah_testkit::fault::{PgBouncer, PoolMode};
use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::{Files, LOCKS, TestDb, database, eventually, execute, ignore, number, text};

const A: (&str, &str) = ("0001_a.sql", "create table a ();");
const SLOW: (&str, &str) = ("0002_b.sql", "create table b ();\nselect pg_sleep(600);");
const SLEEPING: &str = "select count(*) from pg_stat_activity where datname = current_database() \
     and state = 'active' and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()";

type Run = JoinHandle<Result<Report, Error>>;

fn apply(db: &TestDb, files: &Files, connector: impl Into<Connector>, stop: &Stop) -> Run {
    let (migrator, connector) = (db.migrator(files).until(stop), connector.into());
    tokio::spawn(async move { migrator.apply(connector, ignore).await })
}

/// Why it ended, well before the statement would have.
async fn stopped(run: Run) -> (String, Option<Box<Error>>) {
    let ended = timeout(Duration::from_secs(30), run).await.unwrap();
    match ended.unwrap().unwrap_err() {
        Error::Stopped { why, source } => (why, source),
        other => panic!("{other}"),
    }
}

async fn is_stopped_in_the_middle(db: &TestDb, options: PgConnectOptions) {
    let (files, stop) = (Files::new(&[A, SLOW]), Stop::new());
    let run = apply(db, &files, options, &stop);
    let mut watcher = db.connect().await;
    eventually(&mut watcher, SLEEPING, 1).await;
    stop.stop("a test");
    let (why, source) = stopped(run).await;
    assert_eq!(why, "a test");
    let source = source.unwrap();
    assert_eq!(source.sqlstate().as_deref(), Some("57014"));
    let words = crate::support::chain(&source);
    let next = "next: this run was told to stop, and cancelled it: nothing of this file was kept";
    assert!(words.contains(next), "{words}");
    assert_eq!(number(&mut watcher, LOCKS).await, 0);
    let left = "select concat_ws(' ', to_regclass('app.a') is not null, to_regclass('app.b') is null, \
         (select string_agg(act || coalesce(' ' || sqlstate, ''), ', ' order by id) from app._sqlx_migrations_log))";
    assert_eq!(text(&mut watcher, left).await, "t t applied, failed 57014");
}

#[tokio::test]
async fn the_statement_that_runs_is_cancelled_and_what_ran_before_stays() {
    let db = database().await;
    is_stopped_in_the_middle(&db, db.login_options()).await;
}

#[tokio::test]
async fn through_a_pooler_it_is_the_same() {
    let db = database().await;
    let login = db.login();
    let servers = std::slice::from_ref(&login);
    let bouncer = PgBouncer::in_front_of(servers, PoolMode::Transaction, 3)
        .await
        .unwrap();
    let through = bouncer.login(&login).host;
    let options = db.login_options().host(&through.host).port(through.port);
    is_stopped_in_the_middle(&db, options).await;
}

#[tokio::test]
async fn whoever_waits_for_the_lock_goes_at_once() {
    let db = database().await;
    let (files, nobody) = (Files::new(&[A, SLOW]), Stop::new());
    let holder = apply(&db, &files, db.login_options(), &nobody);
    let mut watcher = db.connect().await;
    eventually(&mut watcher, SLEEPING, 1).await;
    let stop = Stop::new();
    let waiting = apply(&db, &files, db.login_options(), &stop);
    stop.stop("a test");
    let (_, source) = stopped(waiting).await;
    assert!(source.is_none());
    // The holder is another run, which goes on.
    assert_eq!(number(&mut watcher, SLEEPING).await, 1);
    nobody.stop("the end of the test");
    stopped(holder).await;
}

#[tokio::test]
async fn a_file_without_a_transaction_goes_on_where_it_was_stopped() {
    let db = database().await;
    let sql = "-- no-transaction\ncreate table b ();\nselect pg_sleep(600);\ncreate table c ();";
    let (files, stop) = (Files::new(&[A, ("0002_b.sql", sql)]), Stop::new());
    let run = apply(&db, &files, db.login_options(), &stop);
    let mut watcher = db.connect().await;
    eventually(&mut watcher, SLEEPING, 1).await;
    stop.stop("a test");
    let (_, source) = stopped(run).await;
    let words = crate::support::chain(&source.unwrap());
    assert!(
        words.contains("what ended of this file before it stays"),
        "{words}"
    );
    files.write("0002_b.sql", sql.replace("600", "0"));
    let report = db.apply(&files).await.unwrap();
    assert_eq!(report.applied.len(), 1);
    let both =
        "select count(*) from pg_tables where schemaname = 'app' and tablename in ('b', 'c')";
    assert_eq!(number(&mut watcher, both).await, 2);
}

#[tokio::test]
async fn where_there_is_one_connection_it_is_closed() {
    let db = database().await;
    let (files, stop) = (Files::new(&[SLOW]), Stop::new());
    let run = apply(&db, &files, db.connect_login().await, &stop);
    let mut watcher = db.connect().await;
    eventually(&mut watcher, SLEEPING, 1).await;
    stop.stop("a test");
    stopped(run).await;
    // PostgreSQL 13 does not notice.
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' \
         and datname = current_database() and pid <> pg_backend_pid() \
         and current_setting('server_version_num')::int < 140000";
    execute(&mut watcher, end).await;
    eventually(&mut watcher, LOCKS, 0).await;
}

#[tokio::test]
async fn the_other_tenants_are_left_as_they_are() {
    let db = database().await;
    let (files, stop) = (Files::new(&[A]), Stop::new());
    let migrator = db.migrator(&files).until(&stop);
    let schemas = (0..9).map(|number| format!("tenant_{number}").parse().unwrap());
    let tenants = migrator.tenants(db.login_options(), schemas).connections(1);
    let done = tenants
        .apply(|_, event| {
            if let TenantEvent::Ended(_) = event {
                stop.stop("a test");
            }
        })
        .await;
    let stopped = |result: &Result<Report, Error>| matches!(result, Err(Error::Stopped { .. }));
    let stopped = done.iter().filter(|tenant| stopped(&tenant.result)).count();
    assert_eq!((done.len(), stopped), (9, 8));
}
