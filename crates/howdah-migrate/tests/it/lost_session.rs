//! What a file without a transaction makes for its session alone, which a run that goes on does not have any more.

use expect_test::expect;
use howdah_migrate::Version;

use crate::support::{Files, TestDb, chain, database, execute, ignore, number};

const FAILS: &str = "select 1 / 0;\n";

async fn interrupted(first: &str, rest: &str) -> (TestDb, Files) {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a (id int);")]);
    db.apply(&files).await.unwrap();
    files.write(
        "0002_b.sql",
        format!("-- no-transaction\n{first}{FAILS}{rest}"),
    );
    db.apply(&files).await.unwrap_err();
    files.write("0002_b.sql", format!("-- no-transaction\n{first}{rest}"));
    (db, files)
}

async fn words(db: &TestDb, files: &Files) -> String {
    let error = db.apply(files).await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    files.strip(&chain(&error))
}

#[tokio::test]
async fn a_temporary_table_that_went_with_its_session_is_told_before_the_file_goes_on() {
    let first = "insert into a values (1);\ncreate temp table tmp as select * from a;\n";
    let rest = "insert into a values (2);\ncreate table t as select * from tmp;\n";
    let (db, files) = interrupted(first, rest).await;
    expect![[r#"
        1 problem before the first migration, nothing was executed
          0002_b.sql:5: it needs the temporary table `tmp`, which line 3 made and which went with the session of the interrupted run: make it again in a statement before this one, or undo by hand what the file did and give it up: `howdah migrate repair --abandon 2 --reason "..."`"#]]
    .assert_eq(&words(&db, &files).await);
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, "select count(*) from app.a").await, 1);

    // Either of them is a way out.
    let again = format!("-- no-transaction\n{first}create temp table tmp as table a;\n{rest}");
    files.write("0002_b.sql", &again);
    db.apply(&files).await.unwrap();
    assert_eq!(number(&mut conn, "select count(*) from app.t").await, 1);
}

#[tokio::test]
async fn a_file_whose_temporary_table_is_gone_can_be_given_up() {
    let first = "create temp table tmp as select 1 as id;\n";
    let (db, files) = interrupted(first, "create table t as select * from tmp;\n").await;
    db.apply(&files).await.unwrap_err();
    let two = Version::new(2).unwrap();
    let login = db.connect_login().await;
    let migrator = db.migrator(&files);
    migrator
        .abandon(login, two, "undone", ignore)
        .await
        .unwrap();
    db.apply(&files).await.unwrap();
    let rows = "select count(*) from app.t";
    assert_eq!(number(&mut db.connect().await, rows).await, 1);
}

#[tokio::test]
async fn whatever_else_a_session_has_for_itself_is_told() {
    for (first, rest, what) in [
        (
            "prepare \"P p\" as select 1;\n",
            "execute \"P p\";\n",
            "the prepared statement `P p`",
        ),
        (
            "declare c cursor with hold for select 1;\n",
            "fetch all in c;\n",
            "the cursor `c`",
        ),
        (
            "create or replace temporary view v as select 1 as id;\n",
            "create table t as select * from v;\n",
            "the temporary view `v`",
        ),
        (
            "create table if not exists pg_temp.tmp (id int);\n",
            "insert into tmp values (1);\n",
            "the temporary table `tmp`",
        ),
        (
            "select 1 as id into temp table tmp;\n",
            "insert into tmp values (1);\n",
            "the temporary table `tmp`",
        ),
    ] {
        let (db, files) = interrupted(first, rest).await;
        let words = words(&db, &files).await;
        let needs = format!("0002_b.sql:3: it needs {what}, which line 2 made");
        assert!(words.contains(&needs), "{words}");
    }
}

#[tokio::test]
async fn what_the_rest_of_the_file_does_not_need_is_no_matter() {
    let first = "create temp table tmp as select 1 as id;\nselect * from tmp;\n";
    let rest = "drop table if exists tmp;\ncreate table t (id int);\n";
    let (db, files) = interrupted(first, rest).await;
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    let mut conn = db.connect().await;
    execute(&mut conn, "select * from app.t").await;
}
