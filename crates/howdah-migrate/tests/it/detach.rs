//! What an interrupted `detach partition ... concurrently` leaves is finalized by the next run, and what another one left
//! is not.

use howdah_migrate::{Error, Event, Migrator, State};
use howdah_testkit::fault::{Cut, Moment, Proxy};
use sqlx::{ConnectOptions as _, PgConnection};

use crate::support::{
    Files, LOCKS, TestDb, chain, database, eventually, every, execute, ignore, number, text,
};

const TABLE: (&str, &str) = (
    "0001_a.sql",
    "create table a (id int) partition by list (id);
     create table \"a 1\" partition of a for values in (1);
     create table seen (what text);",
);
const DETACH: (&str, &str) = (
    "0002_b.sql",
    "-- no-transaction
insert into seen values ('first');
alter table app.a detach partition \"a 1\" concurrently;
insert into seen values ('second');",
);
const WAITING: &str = "select count(*) from pg_stat_activity where datname = current_database() \
     and wait_event_type = 'Lock' and query like '%detach%' and pid <> pg_backend_pid()";
const PENDING: &str =
    "select count(*) from pg_inherits where (to_jsonb(pg_inherits) ->> 'inhdetachpending')::bool";
const PARTITIONS: &str = "select count(*) from pg_inherits where inhparent = 'app.a'::regclass";
const SEEN: &str = "select string_agg(what, ', ' order by what) from app.seen";

/// PostgreSQL 13 detaches in a transaction only.
async fn knows_it(conn: &mut PgConnection) -> bool {
    number(conn, "select current_setting('server_version_num')::bigint").await >= 140_000
}

async fn assert_is_detached_once(db: &TestDb, context: &str) {
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, PARTITIONS).await, 0, "{context}");
    let table = "select count(*) from pg_class where oid = 'app.\"a 1\"'::regclass";
    assert_eq!(number(&mut conn, table).await, 1, "{context}");
    assert_eq!(text(&mut conn, SEEN).await, "first, second", "{context}");
    let done = "select count(*) from app._sqlx_migrations where success";
    assert_eq!(number(&mut conn, done).await, 2, "{context}");
}

/// Ends the detach between its halves, by this function of the server.
async fn interrupt(db: &TestDb, files: &Files, function: &str) -> Error {
    let mut reader = db.connect().await;
    execute(&mut reader, "begin; select * from app.a").await;
    let (migrator, conn) = (db.migrator(files), db.connect_login().await);
    let task = tokio::spawn(async move { migrator.apply(conn, ignore).await });
    let mut admin = db.connect().await;
    eventually(&mut admin, WAITING, 1).await;
    let end = format!(
        "select {function}(pid) from pg_stat_activity where datname = current_database() \
         and query like '%detach%' and pid <> pg_backend_pid()"
    );
    execute(&mut admin, &end).await;
    let error = task.await.unwrap().unwrap_err();
    execute(&mut reader, "commit").await;
    eventually(&mut admin, LOCKS, 0).await;
    assert_eq!(number(&mut admin, PENDING).await, 1);
    error
}

async fn go_on(db: &TestDb, files: &Files) -> Vec<String> {
    let mut repairs = Vec::new();
    let told = |event: Event<'_>| {
        if let Event::Repaired { action, .. } = event {
            repairs.push(action.to_owned());
        }
    };
    let migrator = db.migrator(files);
    let report = migrator.apply(db.connect_login().await, told);
    assert_eq!(report.await.unwrap().applied.len(), 1);
    repairs
}

#[tokio::test]
async fn a_detach_that_was_killed_or_cancelled_half_way_is_finalized() {
    for function in ["pg_terminate_backend", "pg_cancel_backend"] {
        let db = database().await;
        let files = Files::new(&[TABLE]);
        db.apply(&files).await.unwrap();
        let mut conn = db.connect().await;
        files.write(DETACH.0, DETACH.1);
        if !knows_it(&mut conn).await {
            let error = db.apply(&files).await.unwrap_err();
            assert_eq!(error.sqlstate().as_deref(), Some("42601"), "{error}");
            return;
        }
        let error = chain(&interrupt(&db, &files, function).await);
        let says_how = error.contains("next: the partition is marked as detached");
        assert_eq!(says_how, function == "pg_cancel_backend", "{error}");

        let plan = db.migrator(&files).plan(&mut conn).await.unwrap();
        assert_eq!(plan.pending()[0].state, State::Unfinished);
        let repairs = go_on(&db, &files).await;
        assert_eq!(
            repairs,
            [r#"finalized the detach of the partition app."a 1""#]
        );
        assert_is_detached_once(&db, function).await;
    }
}

#[tokio::test]
async fn a_detach_that_waited_too_long_is_no_file_that_never_began() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    let mut reader = db.connect().await;
    if !knows_it(&mut reader).await {
        return;
    }
    let sql = "-- no-transaction\nalter table a detach partition \"a 1\" concurrently;\n\
         insert into seen values ('first'), ('second');";
    files.write(DETACH.0, sql);
    execute(&mut reader, "begin; select * from app.a").await;
    let mut options = db.options();
    options.lock_deadline = std::time::Duration::from_millis(300);
    let migrator = Migrator::new(files.migrations(), options);
    let error = migrator.apply(db.connect_login().await, ignore).await;
    let error = error.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("55P03"), "{error}");
    execute(&mut reader, "commit").await;
    assert_eq!(number(&mut reader, PENDING).await, 1);
    go_on(&db, &files).await;
    assert_is_detached_once(&db, "lock timeout").await;
}

#[tokio::test]
async fn a_detach_that_somebody_finalized_meanwhile_is_gone_on_behind() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    if !knows_it(&mut conn).await {
        return;
    }
    files.write(DETACH.0, DETACH.1);
    interrupt(&db, &files, "pg_terminate_backend").await;
    execute(
        &mut conn,
        "alter table app.a detach partition app.\"a 1\" finalize",
    )
    .await;
    let repairs = go_on(&db, &files).await;
    assert_eq!(
        repairs,
        [r#"the partition app."a 1" was detached: went on behind it"#]
    );
    assert_is_detached_once(&db, "by hand").await;
}

#[tokio::test]
async fn the_pending_detach_of_somebody_else_is_not_finalized() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    if !knows_it(&mut conn).await {
        return;
    }
    files.write(DETACH.0, DETACH.1);
    interrupt(&db, &files, "pg_terminate_backend").await;
    // As if another program had begun it.
    execute(
        &mut conn,
        "delete from app._sqlx_migrations where version = 2; delete from app._sqlx_migrations_log where version = 2; \
         truncate app.seen",
    )
    .await;
    let proxy = Proxy::in_front_of(&db.superuser()).unwrap();
    let login = db.login_options().host("127.0.0.1").port(proxy.port());
    let victim = login.connect().await.unwrap();
    let cut = proxy.arm(Cut::before(Moment::Statement(
        "alter table app.a".to_owned(),
    )));
    db.migrator(&files).apply(victim, ignore).await.unwrap_err();
    drop(cut);
    eventually(&mut conn, LOCKS, 0).await;
    for _ in 0..2 {
        let error = db.apply(&files).await.unwrap_err();
        assert_eq!(error.sqlstate().as_deref(), Some("55000"), "{error}");
        assert_eq!(number(&mut conn, PENDING).await, 1);
    }
    execute(
        &mut conn,
        "alter table app.a detach partition app.\"a 1\" finalize",
    )
    .await;
}

/// Runs with a connection that ends at a statement, and then with one that does not. `None`: there was no such statement.
async fn cut_and_go_on(cut: Cut) -> Option<TestDb> {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    let mut admin = db.connect().await;
    let sql = if knows_it(&mut admin).await {
        DETACH.1.to_owned()
    } else {
        DETACH.1.replace("concurrently", "")
    };
    files.write(DETACH.0, sql);
    let proxy = Proxy::in_front_of(&db.superuser()).unwrap();
    let login = db.login_options().host("127.0.0.1").port(proxy.port());
    let conn = login.connect().await.unwrap();
    let cut = proxy.arm(cut);
    let first = db.migrator(&files).apply(conn, ignore).await;
    drop(cut);
    if first.is_ok() {
        return None;
    }
    eventually(&mut admin, LOCKS, 0).await;
    let again = db.apply(&files).await;
    again.unwrap_or_else(|error| panic!("{}", chain(&error)));
    Some(db)
}

#[test]
fn a_client_that_is_gone_before_or_after_any_statement_of_a_detach_is_gone_on_from_there() {
    let both: [fn() -> Cut; 2] = [
        || Cut::before(Moment::Statement(String::new())),
        || Cut::answer_to(""),
    ];
    for (which, cut) in both.into_iter().enumerate() {
        let count = every(|nth| async move {
            let db = cut_and_go_on(cut().nth(nth)).await?;
            assert_is_detached_once(&db, &format!("{which} statement {nth}")).await;
            Some(())
        });
        assert!(count > 10, "{count} statements");
    }
}
