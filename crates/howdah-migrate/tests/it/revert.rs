//! The way back, and what writes the ledger without running anything.

use howdah_migrate::{
    Act, Back, Error, Migration, Migrator, Options, OutOfOrder, Report, State, Target, Version,
};
use howdah_testkit::fault::{Cut, Moment, Proxy};
use sqlx::ConnectOptions as _;

use crate::support::{Files, LOCKS, TestDb, chain, database, eventually, every, ignore, number};

const A: (&str, &str) = ("0001_a.up.sql", "create table a (id int);");
const A_DOWN: (&str, &str) = ("0001_a.down.sql", "drop table a;");
const B: (&str, &str) = (
    "0002_b.up.sql",
    "-- no-transaction\ncreate index concurrently a_idx on a (id);",
);
const B_DOWN: (&str, &str) = (
    "0002_b.down.sql",
    "-- no-transaction\ndrop index concurrently a_idx;\ninsert into a values (7);",
);
const C: (&str, &str) = ("0003_c.up.sql", "create table c ();");
const C_DOWN: (&str, &str) = ("0003_c.down.sql", "drop table c;");
const TABLES: &str = "select count(*) from pg_class where relnamespace = 'app'::regnamespace \
     and relname in ('a', 'a_idx', 'c')";
const ROWS: &str = "select count(*) from app._sqlx_migrations";

fn version(number: i64) -> Version {
    Version::new(number).unwrap()
}

async fn revert(db: &TestDb, files: &Files, back: Back) -> Result<Report, Error> {
    let conn = db.connect_login().await;
    db.migrator(files).revert(conn, back, ignore).await
}

fn with(db: &TestDb, files: &Files, change: impl FnOnce(&mut Options)) -> Migrator {
    let mut options = db.options();
    change(&mut options);
    Migrator::new(files.migrations(), options)
}

#[tokio::test]
async fn migrations_are_taken_back_newest_first() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN, B, B_DOWN, C, C_DOWN]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    let reversal = db
        .migrator(&files)
        .plan_revert(&mut conn, Back::Count(2))
        .await
        .unwrap();
    assert_eq!(
        reversal.to_string(),
        "schema \"app\": 2 to take back\ntake back  3  c\ntake back  2  b (outside a transaction)"
    );
    let report = revert(&db, &files, Back::Count(2)).await.unwrap();
    assert_eq!(report.reverted.len(), 2);
    assert_eq!(
        (
            number(&mut conn, TABLES).await,
            number(&mut conn, ROWS).await
        ),
        (1, 1)
    );
    assert_eq!(number(&mut conn, "select count(*) from app.a").await, 1);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 2);
    assert_eq!(
        revert(&db, &files, Back::To(version(1)))
            .await
            .unwrap()
            .reverted
            .len(),
        2
    );
    assert_eq!(
        revert(&db, &files, Back::All).await.unwrap().reverted.len(),
        1
    );
    assert_eq!(
        revert(&db, &files, Back::All).await.unwrap().reverted.len(),
        0
    );
    assert_eq!(
        (
            number(&mut conn, TABLES).await,
            number(&mut conn, ROWS).await
        ),
        (0, 0)
    );
    let history = db.migrator(&files).history(&mut conn).await.unwrap();
    let reverted = history
        .iter()
        .filter(|entry| entry.act == Some(Act::Reverted));
    assert_eq!(reverted.count(), 5);
}

#[tokio::test]
async fn nothing_is_taken_back_past_what_has_no_way_back() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN, ("0002_b.sql", "create table c ();")]);
    files.write("0003_d.up.sql", "create table d ();");
    files.write("0003_d.down.sql", "drop table d;");
    db.apply(&files).await.unwrap();
    let error = revert(&db, &files, Back::All).await.unwrap_err();
    let words = files.strip(&error);
    assert!(
        words.contains("0002_b.sql: it has no .down.sql file"),
        "{words}"
    );
    assert_eq!(number(&mut db.connect().await, ROWS).await, 3);
    let error = revert(&db, &files, Back::To(version(9))).await.unwrap_err();
    assert!(
        error.to_string().contains("version 9: it is not applied"),
        "{error}"
    );
    assert_eq!(
        revert(&db, &files, Back::To(version(2)))
            .await
            .unwrap()
            .reverted
            .len(),
        1
    );
}

/// Takes a migration back with a connection that ends at a statement, and goes on. `None`: there was no such statement.
async fn cut_at(nth: u32) -> Option<()> {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN, B, B_DOWN]);
    db.apply(&files).await.unwrap();
    let proxy = Proxy::in_front_of(&db.superuser()).unwrap();
    let login = db.login_options().host("127.0.0.1").port(proxy.port());
    let conn = login.connect().await.unwrap();
    let cut = if nth.is_multiple_of(2) {
        Cut::answer_to("").nth(nth)
    } else {
        Cut::before(Moment::Statement(String::new())).nth(nth)
    };
    let cut = proxy.arm(cut);
    let migrator = db.migrator(&files);
    let back = migrator.revert(conn, Back::Count(1), ignore);
    if back.await.is_ok() {
        return None;
    }
    drop(cut);
    let mut admin = db.connect().await;
    eventually(&mut admin, LOCKS, 0).await;
    let unfinished = "select count(*) from app._sqlx_migrations where not success";
    if number(&mut admin, unfinished).await == 1 {
        let error = db.apply(&files).await.unwrap_err().to_string();
        let expected = "its way back began and did not end";
        assert!(error.contains(expected), "{error}");
    }
    revert(&db, &files, Back::To(version(1)))
        .await
        .unwrap_or_else(|error| panic!("{}", chain(&error)));
    let rows = number(&mut admin, "select count(*) from app.a").await;
    assert_eq!(rows, 1, "statement {nth}");
    let left = (
        number(&mut admin, TABLES).await,
        number(&mut admin, ROWS).await,
    );
    assert_eq!(left, (1, 1), "statement {nth}");
    Some(())
}

#[test]
fn a_way_back_that_was_cut_at_any_statement_is_gone_on_with() {
    let count = every(cut_at);
    assert!(count > 15, "{count} statements");
}

#[tokio::test]
async fn an_apply_stops_at_its_target() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN, B, B_DOWN, C, C_DOWN]);
    let to = |target| with(&db, &files, |options| options.target = target);
    let apply = async |target| to(target).apply(db.connect_login().await, ignore).await;
    assert_eq!(apply(Target::Count(1)).await.unwrap().applied.len(), 1);
    assert_eq!(
        apply(Target::Version(version(2)))
            .await
            .unwrap()
            .applied
            .len(),
        1
    );
    assert_eq!(
        apply(Target::Version(version(1)))
            .await
            .unwrap()
            .applied
            .len(),
        0
    );
    let error = apply(Target::Version(version(9))).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("version 9: there is no migration"),
        "{error}"
    );
    let plan = to(Target::Count(0))
        .plan(&mut db.connect().await)
        .await
        .unwrap();
    assert!(plan.is_up_to_date() && plan.beyond().len() == 1);
    assert!(
        plan.to_string().ends_with("1 more beyond the target"),
        "{plan}"
    );
}

#[tokio::test]
async fn a_late_migration_is_warned_of_if_that_is_asked_for() {
    let db = database().await;
    let files = Files::new(&[C, C_DOWN]);
    db.apply(&files).await.unwrap();
    files.write(A.0, A.1);
    let migrator = with(&db, &files, |options| {
        options.out_of_order = OutOfOrder::Warn;
    });
    let plan = migrator.plan(&mut db.connect().await).await.unwrap();
    assert_eq!(plan.warnings().len(), 1);
    assert!(plan.to_string().contains("warning: "), "{plan}");
    let report = migrator
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap();
    assert_eq!(report.applied.len(), 1);
}

#[tokio::test]
async fn what_is_stamped_is_applied_and_not_run() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN, B, B_DOWN, C, C_DOWN]);
    let migrator = with(&db, &files, |options| {
        options.target = Target::Version(version(2));
    });
    let report = migrator
        .stamp(db.connect_login().await, "restored", ignore)
        .await
        .unwrap();
    assert_eq!(report.stamped.len(), 2);
    let mut conn = db.connect().await;
    assert_eq!(
        (
            number(&mut conn, TABLES).await,
            number(&mut conn, ROWS).await
        ),
        (0, 2)
    );
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    let history = migrator.history(&mut conn).await.unwrap();
    assert_eq!(history[0].act, Some(Act::Stamped));
    assert_eq!(history[0].reason.as_deref(), Some("restored"));
}

#[tokio::test]
async fn an_edited_file_is_repaired_with_a_reason() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN, C, C_DOWN]);
    db.apply(&files).await.unwrap();
    files.write(A.0, "create table a (id int); -- explained");
    assert!(
        db.apply(&files)
            .await
            .unwrap_err()
            .to_string()
            .contains("was edited after")
    );
    let migrator = db.migrator(&files);
    let mut conn = db.connect().await;
    let mends = migrator.plan_repair(&mut conn).await.unwrap();
    assert_eq!(
        mends.iter().map(Migration::version).collect::<Vec<_>>(),
        [version(1)]
    );
    let report = migrator
        .repair(db.connect_login().await, "a comment", ignore)
        .await
        .unwrap();
    assert_eq!(report.repaired.len(), 1);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 0);
    let history = migrator.history(&mut conn).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!(
        (last.act, last.reason.as_deref()),
        (Some(Act::Repaired), Some("a comment"))
    );
    let again = migrator
        .repair(db.connect_login().await, "again", ignore)
        .await
        .unwrap();
    assert!(again.repaired.is_empty());
}

#[tokio::test]
async fn an_unfinished_migration_is_neither_stamped_nor_taken_back() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN, B, B_DOWN]);
    db.apply(&files).await.unwrap();
    let dirty = "update app._sqlx_migrations set success = false where version = 2";
    crate::support::execute(&mut db.connect().await, dirty).await;
    let plan = db
        .migrator(&files)
        .plan(&mut db.connect().await)
        .await
        .unwrap();
    assert_eq!(plan.pending()[0].state, State::Unfinished);
    let conn = db.connect_login().await;
    let stamped = db
        .migrator(&files)
        .stamp(conn, "no", ignore)
        .await
        .unwrap_err();
    let reverted = revert(&db, &files, Back::All).await.unwrap_err();
    for error in [stamped, reverted] {
        assert!(
            error.to_string().contains("it began and did not end"),
            "{error}"
        );
    }
}
