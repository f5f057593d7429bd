//! A file outside a transaction that began, did not end, and is not any more what it was then.

use expect_test::{Expect, expect};
use howdah_migrate::{Back, Error, Version};

use crate::support::{Files, TestDb, database, execute, ignore, number};

const TABLE: (&str, &str) = ("0001_a.sql", "create table a (id int);");
const BODY: &str = "create table b (id int);\nvacuum b;\nvacuum nothing;\n";
const UP: &str = "0002_b.up.sql";
const DOWN: (&str, &str) = ("0002_b.down.sql", "drop table b;");

fn marked(sql: &str) -> String {
    format!("-- no-transaction\n{sql}")
}

/// Two statements of the file have ended, and the third has failed.
async fn begun() -> (TestDb, Files) {
    let db = database().await;
    let files = Files::new(&[TABLE, (UP, &marked(BODY)), DOWN]);
    db.apply(&files).await.unwrap_err();
    (db, files)
}

/// The time is that of the run.
fn says(files: &Files, error: &Error, expected: &Expect) {
    let words = files.strip(&error.to_string());
    let at = " began outside a transaction at ";
    let mut shown = String::new();
    let mut rest = words.as_str();
    while let Some((before, behind)) = rest.split_once(at) {
        shown += before;
        shown += at;
        let (time, behind) = behind.split_at("2026-01-31 12:00:00".len());
        assert!(time.starts_with("20") && time.ends_with(|c: char| c.is_ascii_digit()));
        shown += "TIME";
        rest = behind;
    }
    expected.assert_eq(&(shown + rest));
}

async fn refused(db: &TestDb, files: &Files, expected: Expect) {
    let error = db.apply(files).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    says(files, &error, &expected);
}

#[tokio::test]
async fn without_its_mark_an_unfinished_file_says_how_far_it_has_come_and_the_ways_out() {
    let (db, files) = begun().await;
    files.write(UP, BODY);
    refused(&db, &files, expect![[r#"
        1 problem before the first migration, nothing was executed
          0002_b.up.sql: it began outside a transaction at TIME UTC and did not end: 2 statement(s) of it have ended; its first line is `-- no-transaction` no more: put that back and apply (`howdah migrate up`), or undo by hand what it did and give it up: `howdah migrate repair --abandon 2 --reason "..."`"#]]).await;

    // Either of them is one.
    let ended = BODY.replace("nothing", "a");
    files.write(UP, marked(&ended));
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
}

#[tokio::test]
async fn an_unfinished_file_that_was_given_up_runs_without_its_mark() {
    let (db, files) = begun().await;
    execute(&mut db.connect().await, "drop table app.b").await;
    let migrator = db.migrator(&files);
    let two = Version::new(2).unwrap();
    let login = db.connect_login().await;
    migrator
        .abandon(login, two, "undone", ignore)
        .await
        .unwrap();
    files.write(UP, "create table b (id int);");
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
}

#[tokio::test]
async fn an_unfinished_file_under_another_version_is_found() {
    let (db, files) = begun().await;
    let rename = |from: &str, to: &str| {
        std::fs::rename(files.path().join(from), files.path().join(to)).unwrap();
    };
    rename(UP, "0003_c.up.sql");
    std::fs::remove_file(files.path().join(DOWN.0)).unwrap();
    refused(&db, &files, expect![[r#"
        1 problem before the first migration, nothing was executed
          ledger row 2 (b): it began outside a transaction at TIME UTC and did not end: 2 statement(s) of it have ended, and there is no file for it: 0003_c.up.sql has its text: give that its version 2 back and apply (`howdah migrate up`), or undo by hand what it did and give it up: `howdah migrate repair --abandon 2 --reason "..."`"#]]).await;
    rename("0003_c.up.sql", UP);
    files.write(UP, marked(&BODY.replace("nothing", "a")));
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
}

#[tokio::test]
async fn an_unfinished_file_that_is_gone_is_not_said_to_be_applied() {
    let (db, files) = begun().await;
    std::fs::remove_file(files.path().join(UP)).unwrap();
    std::fs::remove_file(files.path().join(DOWN.0)).unwrap();
    refused(&db, &files, expect![[r#"
        1 problem before the first migration, nothing was executed
          ledger row 2 (b): it began outside a transaction at TIME UTC and did not end: 2 statement(s) of it have ended, and there is no file for it: bring the file back and apply (`howdah migrate up`), or undo by hand what it did and give it up: `howdah migrate repair --abandon 2 --reason "..."`"#]]).await;
}

#[tokio::test]
async fn an_applied_file_under_another_version_is_found() {
    let db = database().await;
    let files = Files::new(&[TABLE]);
    db.apply(&files).await.unwrap();
    let (from, to) = (files.path().join(TABLE.0), files.path().join("0007_a.sql"));
    std::fs::rename(from, to).unwrap();
    refused(&db, &files, expect![[r"
        1 problem before the first migration, nothing was executed
          ledger row 1 (a): it is applied, and there is no file for it, but 0007_a.sql has its text: a file keeps its version once it is applied, so give it that back"]]).await;
}

#[tokio::test]
async fn an_edited_statement_of_an_unfinished_file_has_both_ways_out() {
    let (db, files) = begun().await;
    files.write(UP, marked(&BODY.replace("vacuum b", "vacuum a")));
    refused(&db, &files, expect![[r#"
        1 problem before the first migration, nothing was executed
          0002_b.up.sql: its statement 2 was edited while its first run is unfinished: restore that one and those before it, and apply (`howdah migrate up`); what comes behind them may be edited. Or undo by hand what it did and give it up: `howdah migrate repair --abandon 2 --reason "..."`"#]]).await;
}

#[tokio::test]
async fn a_way_back_without_its_mark_does_not_begin_once_more() {
    let db = database().await;
    let down = "drop table b;\nvacuum nothing;\n";
    let files = Files::new(&[(UP, "create table b ();"), (DOWN.0, &marked(down))]);
    db.apply(&files).await.unwrap();
    let revert = async || {
        let migrator = db.migrator(&files);
        let login = db.connect_login().await;
        migrator.revert(login, Back::All, ignore).await
    };
    revert().await.unwrap_err();
    files.write(DOWN.0, down);
    says(
        &files,
        &revert().await.unwrap_err(),
        &expect![[r#"
            1 problem before the first migration, nothing was executed
              0002_b.down.sql: its way back began outside a transaction at TIME UTC and did not end: 1 statement(s) of it have ended; its first line is `-- no-transaction` no more: put that back and take it back to its end (`howdah migrate down`), or undo by hand what it did and give it up: `howdah migrate repair --abandon 2 --reason "..."`"#]],
    );
    files.write(DOWN.0, marked("drop table b;\n"));
    assert_eq!(revert().await.unwrap().reverted.len(), 1);
    let rows = "select count(*) from app._sqlx_migrations";
    assert_eq!(number(&mut db.connect().await, rows).await, 0);
}
