//! A run that goes well.

use howdah_migrate::Event;
use sqlx::ConnectOptions as _;

use crate::support::{Files, database, execute, ignore, number};

#[tokio::test]
async fn what_migrations_make_belongs_to_the_owner_and_stands_in_the_schema() {
    let db = database().await;
    let files = Files::new(&[
        ("0001_a.sql", "create table a (id int);"),
        ("0002_b.sql", "create table b (); insert into a values (1);"),
    ]);
    let mut events = Vec::new();
    let migrator = db.migrator(&files);
    let report = migrator
        .apply(db.connect_login().await, |event| {
            events.push(match event {
                Event::Planned(plan) => format!("planned {}", plan.pending().len()),
                Event::Started(step) => format!("started {}", step.version),
                Event::Finished(done) => format!("finished {}", done.version),
                other => format!("{other:?}"),
            });
        })
        .await
        .unwrap();
    assert_eq!(report.applied.len(), 2);
    assert_eq!(
        events,
        [
            "planned 2",
            "started 1",
            "finished 1",
            "started 2",
            "finished 2"
        ]
    );
    let mut conn = db.connect().await;
    let sql = format!(
        "select count(*) from pg_tables where schemaname = 'app' and tableowner = '{}' \
         and tablename in ('a', 'b', '_sqlx_migrations')",
        db.owner.as_str()
    );
    assert_eq!(number(&mut conn, &sql).await, 3);
}

#[tokio::test]
async fn an_up_to_date_run_needs_no_lock_and_writes_nothing() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a ();")]);
    db.apply(&files).await.unwrap();
    let mut holder = db.connect().await;
    execute(
        &mut holder,
        "select pg_advisory_lock(1); begin; lock table app._sqlx_migrations in exclusive mode",
    )
    .await;
    let read_only = db
        .login_options()
        .options([("default_transaction_read_only", "on")]);
    let report = db
        .migrator(&files)
        .apply(read_only.connect().await.unwrap(), |event| {
            panic!("{event:?}")
        })
        .await
        .unwrap();
    assert_eq!(report.applied, []);
    assert_eq!(report.to_string(), "nothing to do");
}

#[tokio::test]
async fn a_file_of_comments_is_recorded() {
    let db = database().await;
    let files = Files::new(&[("0001_stub.sql", "-- done by the program itself\n")]);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 0);
}

#[tokio::test]
async fn an_apply_can_be_spawned() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a ();")]);
    let migrator = db.migrator(&files);
    let conn = db.connect_login().await;
    let task = tokio::spawn(async move { migrator.apply(conn, ignore).await });
    assert_eq!(task.await.unwrap().unwrap().applied.len(), 1);
}
