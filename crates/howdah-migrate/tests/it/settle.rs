//! A squash of what is applied, before the next `up` has put its row in place of the others.

use expect_test::expect;
use howdah_migrate::{Back, Connector, Error, Mode, Report, Started, Startup, State, Version};
use howdah_testkit::fault::{PgBouncer, PoolMode};
use sqlx::PgConnection;

use crate::interop::stock;
use crate::support::{Files, TestDb, chain, database, ignore, text};

const A: (&str, &str) = ("0001_a.up.sql", "create table a (id int);\n");
const A_DOWN: (&str, &str) = ("0001_a.down.sql", "drop table a;\n");
const B: (&str, &str) = ("0002_b.up.sql", "create table b ();\n");
const B_DOWN: (&str, &str) = ("0002_b.down.sql", "drop table b;\n");
const SQUASH: (&str, &str) = (
    "0003_squash.up.sql",
    "-- howdah: replaces 1..=2\ncreate table a (id int);\ncreate table b ();\n",
);
const SQUASH_DOWN: (&str, &str) = ("0003_squash.down.sql", "drop table a, b;\n");
const NEXT: (&str, &str) = ("0004_next.up.sql", "create table next ();\n");
const NEXT_DOWN: (&str, &str) = ("0004_next.down.sql", "drop table next;\n");

async fn rows(db: &TestDb) -> String {
    let rows = "select coalesce(string_agg(version::text, ' ' order by version), '') from app._sqlx_migrations";
    text(&mut db.connect().await, rows).await
}

async fn revert(db: &TestDb, files: &Files, back: Back) -> Result<Report, Error> {
    let conn = db.connect_login().await;
    db.migrator(files).revert(conn, back, ignore).await
}

/// Where the old files have run.
async fn old() -> TestDb {
    let db = database().await;
    db.apply(&Files::new(&[A, A_DOWN, B, B_DOWN]))
        .await
        .unwrap();
    db
}

#[tokio::test]
async fn it_counts_as_applied_and_the_next_apply_writes_its_row_only() {
    for then in [Files::new(&[SQUASH]), Files::new(&[A, B, SQUASH])] {
        let db = old().await;
        let conn: &mut PgConnection = &mut db.connect().await;
        let migrator = db.migrator(&then);
        let plan = migrator.plan(conn).await.unwrap();
        assert!(plan.is_up_to_date() && plan.needs_apply(), "{plan}");
        let squash = plan.applied().last().unwrap();
        assert_eq!(squash.state, State::Unsettled);
        assert_eq!(squash.replaces.len(), 2);
        assert!(
            plan.to_string().ends_with(
                "\napplied  3  squash (as 2 older migration(s): the next `up` puts the ledger right, and runs nothing)"
            ),
            "{plan}"
        );
        assert_eq!(db.apply(&then).await.unwrap().replaced.len(), 1);
        let plan = migrator.plan(conn).await.unwrap();
        assert!(!plan.needs_apply(), "{plan}");
        stock(&db, &then).await.unwrap();
    }
}

#[tokio::test]
async fn a_service_that_only_looks_starts_with_it() {
    let db = old().await;
    let migrator = db.migrator(&Files::new(&[SQUASH]));
    let mut startup = Startup::default();
    startup.mode = Mode::Check;
    let conn = db.connect_login().await;
    let started = migrator.run_at_startup(conn, &startup, ignore).await;
    assert!(matches!(started, Ok(Started::UpToDate)), "{started:?}");
}

#[tokio::test]
async fn it_is_taken_back_by_its_own_file_and_its_row_comes_first() {
    let db = old().await;
    let files = Files::new(&[SQUASH, SQUASH_DOWN, NEXT, NEXT_DOWN]);
    let migrator = db.migrator(&files);
    let mut conn = db.connect().await;
    let plan = migrator.plan_revert(&mut conn, Back::All).await.unwrap();
    assert_eq!(plan.steps().len(), 1, "{plan}");
    let report = revert(&db, &files, Back::All).await.unwrap();
    assert_eq!(report.reverted.len(), 1);
    assert_eq!(rows(&db).await, "");
    let log = "select string_agg(act || ' ' || version, ', ' order by id) from app._sqlx_migrations_log where id > 2";
    assert_eq!(
        text(&mut conn, log).await,
        "stamped 3, replaced 1, replaced 2, reverted 3"
    );
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 2);
}

#[tokio::test]
async fn without_a_way_back_of_its_own_that_is_said_and_the_rows_stay() {
    let db = old().await;
    let files = Files::new(&[SQUASH, NEXT, NEXT_DOWN]);
    let error = revert(&db, &files, Back::Count(1)).await.unwrap_err();
    expect![[r"
        1 problem before the first migration, nothing was executed
          0003_squash.up.sql: it has no .down.sql file, so it cannot be taken back, nor what is older: write a new migration that undoes it"]]
    .assert_eq(&files.strip(&chain(&error)));
    let error = revert(&db, &files, Back::To(Version::new(1).unwrap())).await;
    let message = files.strip(&chain(&error.unwrap_err()));
    assert!(
        message.contains("version 1: 0003_squash.up.sql stands for it and for others"),
        "{message}"
    );
    assert_eq!(rows(&db).await, "1 2");
}

#[tokio::test]
async fn what_is_newer_is_taken_back_without_touching_it() {
    let db = old().await;
    let files = Files::new(&[A, A_DOWN, B, B_DOWN, NEXT, NEXT_DOWN]);
    db.apply(&files).await.unwrap();
    let files = Files::new(&[SQUASH, NEXT, NEXT_DOWN]);
    revert(&db, &files, Back::Count(1)).await.unwrap();
    assert_eq!(rows(&db).await, "1 2");
    let down_to = Back::To(Version::new(3).unwrap());
    assert_eq!(
        revert(&db, &files, down_to).await.unwrap(),
        Report::default()
    );
}

#[tokio::test]
async fn beside_all_its_files_these_are_taken_back() {
    let db = old().await;
    let files = Files::new(&[A, A_DOWN, B, B_DOWN, SQUASH]);
    revert(&db, &files, Back::Count(1)).await.unwrap();
    assert_eq!(rows(&db).await, "1");
    let report = db.apply(&files).await.unwrap();
    assert_eq!((report.applied.len(), report.replaced.len()), (1, 1));
    assert_eq!(rows(&db).await, "1 2 3");
}

#[tokio::test]
async fn with_some_files_gone_and_some_not_applied_it_cannot_be_taken_back() {
    let db = database().await;
    db.apply(&Files::new(&[A, A_DOWN])).await.unwrap();
    let files = Files::new(&[B, B_DOWN, SQUASH, SQUASH_DOWN]);
    let error = revert(&db, &files, Back::Count(1)).await.unwrap_err();
    expect![[r"
        1 problem before the first migration, nothing was executed
          0003_squash.up.sql: it replaces 1..=2, of which 2 is not applied, and files of what is are gone: apply first (`up`)"]]
    .assert_eq(&files.strip(&chain(&error)));
    db.apply(&files).await.unwrap();
    let error = revert(&db, &files, Back::Count(1)).await.unwrap_err();
    let message = chain(&error);
    assert!(
        message.contains("would look applied: remove them first"),
        "{message}"
    );
    let files = Files::new(&[SQUASH, SQUASH_DOWN]);
    revert(&db, &files, Back::Count(1)).await.unwrap();
    assert_eq!(rows(&db).await, "");
}

/// There is no log beside the ledger.
#[tokio::test]
async fn what_only_sqlx_has_applied_is_taken_back_too() {
    for files in [
        Files::new(&[SQUASH, SQUASH_DOWN]),
        Files::new(&[A, A_DOWN, B, B_DOWN]),
    ] {
        let db = database().await;
        stock(&db, &Files::new(&[A, A_DOWN, B, B_DOWN]))
            .await
            .unwrap();
        revert(&db, &files, Back::All).await.unwrap();
        assert_eq!(rows(&db).await, "");
    }
}

#[tokio::test]
async fn behind_a_pooler_it_is_settled_and_taken_back_too() {
    let db = database().await;
    stock(&db, &Files::new(&[A, A_DOWN, B, B_DOWN]))
        .await
        .unwrap();
    let login = db.login();
    let bouncer = PgBouncer::in_front_of(std::slice::from_ref(&login), PoolMode::Transaction, 2);
    let bouncer = bouncer.await.unwrap();
    let through = bouncer.login(&login).host;
    let options = db.login_options().host(&through.host).port(through.port);
    let connector = Connector::from(options);
    let migrator = db.migrator(&Files::new(&[SQUASH, SQUASH_DOWN]));
    let back = migrator.revert(&connector, Back::All, ignore).await;
    assert_eq!(back.unwrap().reverted.len(), 1);
    assert_eq!(rows(&db).await, "");
}

#[tokio::test]
async fn it_is_stamped_with_a_reason() {
    let db = old().await;
    let files = Files::new(&[SQUASH]);
    let conn = db.connect_login().await;
    let stamped = db.migrator(&files).stamp(conn, "we know", ignore).await;
    assert_eq!(stamped.unwrap().stamped.len(), 1);
    assert_eq!(rows(&db).await, "3");
    let reason =
        "select reason from app._sqlx_migrations_log where act = 'stamped' and version = 3";
    assert_eq!(text(&mut db.connect().await, reason).await, "we know");
}

#[tokio::test]
async fn a_script_does_not_pass_over_it() {
    let db = database().await;
    let script = |files: &[(&str, &str)]| {
        let migrator = db.migrator(&Files::new(files));
        migrator.script(Version::new(2))
    };
    let error = script(&[A, B, SQUASH, NEXT]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("files that it replaces are still there"),
        "{error}"
    );
}
