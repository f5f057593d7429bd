use howdah_migrate::{Error, Event, State};

use crate::support::{Files, TestDb, chain, database, eventually, execute, ignore, number};

const TABLE: (&str, &str) = (
    "0001_a.sql",
    "create table a (id int, b int);\ninsert into a select n, n from generate_series(1, 500) as n;",
);
const INDEX: (&str, &str) = (
    "0002_index.sql",
    "-- no-transaction\ncreate index concurrently a_id_idx on a (id);",
);
const INVALID: &str = "select count(*) from pg_index where not indisvalid";
const BUILT: &str =
    "select count(*) from pg_index where indisvalid and indexrelid = 'app.a_id_idx'::regclass";
const DIRTY: &str = "select count(*) from app._sqlx_migrations where not success";
/// The build waits for the transactions that write to the table.
const WAITING_BUILD: &str = "select count(*) from pg_stat_activity where datname = current_database() \
     and wait_event_type = 'Lock' and query like '%create index concurrently%' and pid <> pg_backend_pid()";

/// Ends the build of the index in its middle: the client learns it, the server leaves what it has done.
async fn interrupt(db: &TestDb, files: &Files) -> Error {
    let mut writer = db.connect().await;
    execute(&mut writer, "begin; insert into app.a values (0, 0)").await;
    let (migrator, conn) = (db.migrator(files), db.connect_login().await);
    let task = tokio::spawn(async move { migrator.apply(conn, ignore).await });
    let mut admin = db.connect().await;
    eventually(&mut admin, WAITING_BUILD, 1).await;
    execute(
        &mut admin,
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() \
         and query like '%create index concurrently%' and pid <> pg_backend_pid()",
    )
    .await;
    let error = task.await.unwrap().unwrap_err();
    execute(&mut writer, "commit").await;
    eventually(&mut admin, crate::support::LOCKS, 0).await;
    error
}

#[tokio::test]
async fn processes_that_start_together_build_an_index_concurrently() {
    for round in 0..20 {
        let db = database().await;
        let files = Files::new(&[TABLE, INDEX]);
        let racers: Vec<_> = (0..6).map(|_| db.spawn_apply(&files)).collect();
        for racer in racers {
            let ended = racer.wait_with_output().unwrap();
            let words = String::from_utf8_lossy(&ended.stderr);
            assert!(ended.status.success(), "round {round}: {words}");
        }
        let mut conn = db.connect().await;
        let applied = "select count(*) from app._sqlx_migrations where success";
        assert_eq!(number(&mut conn, applied).await, 2, "round {round}");
        assert_eq!(number(&mut conn, INVALID).await, 0, "round {round}");
        assert_eq!(number(&mut conn, BUILT).await, 1, "round {round}");
    }
}

#[tokio::test]
async fn a_killed_build_is_repaired_by_the_next_run() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    files.write(INDEX.0, INDEX.1);
    let error = interrupt(&db, &files).await;
    assert!(error.is_retryable(), "{error}");

    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, INVALID).await, 1);
    assert_eq!(number(&mut conn, DIRTY).await, 1);
    let plan = db.migrator(&files).plan(&mut conn).await.unwrap();
    assert_eq!(plan.pending()[0].state, State::Unfinished);
    assert_eq!(
        plan.pending()[0].to_string(),
        "pending  2  index (outside a transaction) (began and did not end; 0 statement(s) of it have ended)"
    );

    let mut repairs = Vec::new();
    let report = db
        .migrator(&files)
        .apply(db.connect_login().await, |event| {
            if let Event::Repaired { action, .. } = event {
                repairs.push(action.to_owned());
            }
        })
        .await
        .unwrap();
    assert_eq!(report.applied.len(), 1);
    assert_eq!(repairs, [r#"dropped the invalid index "app"."a_id_idx""#]);
    assert_eq!(number(&mut conn, INVALID).await, 0);
    assert_eq!(number(&mut conn, BUILT).await, 1);
    assert_eq!(number(&mut conn, DIRTY).await, 0);
}

#[tokio::test]
async fn a_file_that_was_edited_after_its_build_was_killed_is_refused() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    files.write(INDEX.0, INDEX.1);
    interrupt(&db, &files).await;
    files.write(INDEX.0, INDEX.1.replace("(id)", "(b)"));
    let error = db.apply(&files).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("edited while its first run is unfinished"),
        "{error}"
    );
}

#[tokio::test]
async fn an_index_that_was_finished_completes_the_row() {
    let db = database().await;
    let files = Files::new(&[TABLE, INDEX]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    let index = "select 'app.a_id_idx'::regclass::oid::bigint";
    let before = number(&mut conn, index).await;
    execute(
        &mut conn,
        "update app._sqlx_migrations set success = false where version = 2",
    )
    .await;
    db.apply(&files).await.unwrap();
    assert_eq!(number(&mut conn, index).await, before);
    assert_eq!(number(&mut conn, DIRTY).await, 0);
}

#[tokio::test]
async fn a_build_that_never_began_runs() {
    let db = database().await;
    let files = Files::new(&[TABLE, INDEX]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        "update app._sqlx_migrations set success = false where version = 2; drop index app.a_id_idx",
    )
    .await;
    db.apply(&files).await.unwrap();
    assert_eq!(number(&mut conn, BUILT).await, 1);
    assert_eq!(number(&mut conn, DIRTY).await, 0);
}

#[tokio::test]
async fn a_new_enum_value_that_was_added_completes_the_row() {
    let db = database().await;
    let files = Files::new(&[
        ("0001_a.sql", "create type mood as enum ('sad');"),
        (
            "0002_b.sql",
            "-- no-transaction\nalter type mood add value 'ok';",
        ),
    ]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        "update app._sqlx_migrations set success = false where version = 2",
    )
    .await;
    db.apply(&files).await.unwrap();
    assert_eq!(number(&mut conn, DIRTY).await, 0);
}

#[tokio::test]
async fn a_build_that_fails_leaves_nothing_and_may_be_corrected() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    execute(&mut conn, "insert into app.a values (1, 1)").await;
    files.write(
        INDEX.0,
        INDEX.1.replace("create index", "create unique index"),
    );
    let migrator = db.migrator(&files);
    let told = |event: Event<'_>| assert!(!matches!(event, Event::Repaired { .. }), "{event:?}");
    let error = migrator.apply(db.connect_login().await, told).await;
    let error = files.strip(&chain(&error.unwrap_err()));
    expect_test::expect![[r#"
        the migration 0002_index.sql failed
        0002_index.sql:2: could not create unique index "a_id_idx" (SQLSTATE 23505)
          2 | create unique index concurrently a_id_idx on a (id);
        detail: Key (id)=(1) is duplicated.
        next: make these rows unique and run again; the invalid index that was left is dropped"#]]
    .assert_eq(&error);
    assert_eq!(number(&mut conn, INVALID).await, 0);
    assert_eq!(number(&mut conn, DIRTY).await, 0);
    assert_eq!(db.advisory_locks().await, 0);
    files.write(INDEX.0, INDEX.1);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    assert_eq!(number(&mut conn, BUILT).await, 1);
}

#[tokio::test]
async fn an_invalid_index_of_another_tool_is_refused_not_dropped() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    files.write(INDEX.0, INDEX.1);
    interrupt(&db, &files).await;
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        "delete from app._sqlx_migrations where not success",
    )
    .await;
    let error = db.apply(&files).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains(r#"drop index concurrently "app"."a_id_idx""#),
        "{error}"
    );
    assert_eq!(number(&mut conn, INVALID).await, 1);
    assert_eq!(number(&mut conn, DIRTY).await, 0);
}
