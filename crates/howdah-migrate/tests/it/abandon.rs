//! A migration outside a transaction that began, did not end, and was undone by hand.

use howdah_migrate::{Act, Back, Error, Version};

use crate::support::{Files, database, execute, ignore, number};

const MANY: (&str, &str) = (
    "0001_many.up.sql",
    "-- no-transaction\ncreate table a (id int);\nvacuum nothing;",
);
const DOWN: (&str, &str) = (
    "0001_many.down.sql",
    "-- no-transaction\ndrop table a;\nvacuum nothing;",
);

#[tokio::test]
async fn what_was_undone_by_hand_is_given_up_and_runs_from_its_beginning() {
    let db = database().await;
    let files = Files::new(&[MANY, DOWN]);
    let error = db.apply(&files).await.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("42P01"));
    let mut conn = db.connect().await;
    execute(&mut conn, "drop table app.a").await;

    let one = Version::new(1).unwrap();
    let migrator = db.migrator(&files);
    let login = db.connect_login().await;
    let report = migrator
        .abandon(login, one, "undone", ignore)
        .await
        .unwrap();
    assert_eq!(report.to_string(), "gave up 1\n1  many  0ns");
    let history = migrator.history(&mut conn).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!(
        (last.act, last.reason.as_deref()),
        (Some(Act::Abandoned), Some("undone"))
    );
    let rows = "select count(*) from app._sqlx_migrations";
    assert_eq!(number(&mut conn, rows).await, 0);

    // Not behind the statement that had ended, and the edited one is no edited one.
    files.write(
        MANY.0,
        "-- no-transaction\ncreate table a (id bigint);\nvacuum a;",
    );
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    assert_eq!(number(&mut conn, "select count(id) from app.a").await, 0);
}

#[tokio::test]
async fn a_way_back_that_was_undone_leaves_it_applied() {
    let db = database().await;
    let files = Files::new(&[("0001_many.up.sql", "create table a (id int);"), DOWN]);
    db.apply(&files).await.unwrap();
    let migrator = db.migrator(&files);
    let back = migrator.revert(db.connect_login().await, Back::All, ignore);
    assert_eq!(back.await.unwrap_err().sqlstate().as_deref(), Some("42P01"));
    let mut conn = db.connect().await;
    let owner = &db.owner;
    let again = format!("create table app.a (id int); alter table app.a owner to {owner}");
    execute(&mut conn, &again).await;
    let one = Version::new(1).unwrap();
    let login = db.connect_login().await;
    migrator
        .abandon(login, one, "undone", ignore)
        .await
        .unwrap();
    assert!(migrator.plan(&mut conn).await.unwrap().is_up_to_date());
}

#[tokio::test]
async fn what_is_not_unfinished_is_not_given_up_and_a_file_that_is_gone_is() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a ();")]);
    db.apply(&files).await.unwrap();
    let migrator = db.migrator(&files);
    let mut reader = db.connect_login().await;
    for (version, words) in [
        (1, "nothing of it is unfinished"),
        (
            2,
            "there is no migration 2: neither a file nor the ledger has it",
        ),
    ] {
        let version = Version::new(version).unwrap();
        let login = db.connect_login().await;
        let planned = migrator.plan_abandon(&mut reader, version).await;
        let done = migrator.abandon(login, version, "no", ignore).await;
        for error in [planned.unwrap_err(), done.unwrap_err()] {
            let is_known = matches!(error, Error::Refused { .. });
            let is_unknown = matches!(error, Error::NoSuchVersion { .. });
            assert_eq!(
                (is_known, is_unknown),
                (version.as_i64() == 1, version.as_i64() == 2)
            );
            assert!(error.to_string().contains(words), "{error}");
        }
    }
    let mut conn = db.connect().await;
    let dirty = "update app._sqlx_migrations set success = false";
    execute(&mut conn, dirty).await;
    let migrator = db.migrator(&Files::new(&[]));
    let login = db.connect_login().await;
    let one = Version::new(1).unwrap();
    let report = migrator.abandon(login, one, "gone", ignore).await.unwrap();
    assert_eq!(report.abandoned[0].description, "a");
    assert!(migrator.plan(&mut conn).await.unwrap().is_up_to_date());
}
