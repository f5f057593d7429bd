//! What a file sets is its own: it changes neither the bookkeeping nor what comes behind it.

use howdah_migrate::Error;

use crate::support::{Files, database, execute, number, text};

/// The checksum is no text that the server could read in two ways.
#[tokio::test]
async fn a_file_that_changes_how_strings_are_read_has_its_own_checksum_in_the_ledger() {
    let db = database().await;
    let off = "standard_conforming_strings";
    let mut texts: Vec<(String, String)> = (1..=9)
        .map(|n| {
            (
                format!("000{n}_a.sql"),
                format!("create table a{n} (); set {off} = off;"),
            )
        })
        .collect();
    let local = format!("set local {off} = off; select 'a';");
    texts.push(("0010_b.sql".to_owned(), local));
    let alone = format!("-- no-transaction\nset {off} = off;\ncreate table c ();");
    texts.push(("0011_c.sql".to_owned(), alone));
    let files: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (&**name, &**text))
        .collect();
    let files = Files::new(&files);
    let report = db.apply(&files).await.unwrap();
    assert_eq!(report.applied.len(), 11);
    let plan = db
        .migrator(&files)
        .plan(&mut db.connect().await)
        .await
        .unwrap();
    assert!(plan.is_up_to_date(), "{plan}");
}

#[tokio::test]
async fn a_dump_that_clears_the_search_path_is_applied_and_does_not_leak() {
    let db = database().await;
    let files = Files::new(&[
        (
            "0001_dump.sql",
            "set statement_timeout = 0;\n\
             set lock_timeout = 0;\n\
             set client_encoding = 'UTF8';\n\
             select pg_catalog.set_config('search_path', '', false);\n\
             set default_table_access_method = heap;\n\
             create table app.a (id integer not null);\n\
             set timezone = 'Asia/Tokyo';\n\
             create temporary table b (id int);\n",
        ),
        (
            "0002_next.sql",
            "create table b ();\n\
             alter table b add column zone text default current_setting('timezone');\n\
             insert into b default values;",
        ),
    ]);
    let report = db.apply(&files).await.unwrap();
    assert_eq!(report.applied.len(), 2);
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, "select count(*) from app.a").await, 0);
    assert_eq!(text(&mut conn, "select zone from app.b").await, "UTC");
}

#[tokio::test]
async fn a_file_that_changes_the_role_does_not_break_the_bookkeeping() {
    let db = database().await;
    let files = Files::new(&[
        ("0001_a.sql", "create table a (); set role none;"),
        ("0002_b.sql", "create table b ();"),
    ]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    let owner = text(
        &mut conn,
        "select tableowner::text from pg_tables where tablename = 'b'",
    )
    .await;
    assert_eq!(owner, db.owner.as_str());
}

#[tokio::test]
async fn strings_mean_what_they_meant_when_the_file_was_searched_for_a_commit() {
    let db = database().await;
    let off = format!(
        "alter role {} set standard_conforming_strings = off",
        db.login
    );
    execute(&mut db.connect().await, &off).await;
    let hidden = "create table seen ();\nselect 'x\\''; commit; select '; -- ';\nselect 1 / 0;";
    let files = Files::new(&[("0001_a.sql", hidden)]);
    let error = db.apply(&files).await.unwrap_err();
    assert!(!matches!(error, Error::Refused { .. }), "{error}");
    let tables = "select count(*) from pg_tables where tablename = 'seen'";
    assert_eq!(number(&mut db.connect().await, tables).await, 0);
}
