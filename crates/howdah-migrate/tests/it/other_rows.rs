//! Migrations that change what the ledger says about others.

use expect_test::expect;

use crate::support::{Files, chain, database, number};

const A: (&str, &str) = ("0001_a.sql", "create table a (id int);");
const B: (&str, &str) = ("0002_b.sql", "create table b (id int);");
const ROWS: &str = "select count(*) from app._sqlx_migrations where success";

#[tokio::test]
async fn a_file_that_deletes_the_rows_of_others_is_not_kept() {
    let db = database().await;
    let delete = "create table c (id int);\ndelete from _sqlx_migrations where version = 1;";
    let files = Files::new(&[A, B, ("0003_c.sql", delete)]);
    let error = db.apply(&files).await.unwrap_err();
    assert!(!error.is_retryable() && error.sqlstate().is_none());
    expect![[r"
        the migration 0003_c.sql failed
        0003_c.sql: it changes rows of the ledger that are not its own, of version 1
        next: nothing of this file was kept: leave the ledger to `howdah migrate` (`stamp`, `repair`, a squash), and run again"]]
    .assert_eq(&files.strip(&chain(&error)));
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, ROWS).await, 2);
    let tables = "select count(*) from pg_tables where schemaname = 'app' and tablename = 'c'";
    assert_eq!(number(&mut conn, tables).await, 0);

    files.write("0003_c.sql", "create table c (id int);");
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
}

#[tokio::test]
async fn no_change_of_a_row_is_kept() {
    for sql in [
        "update app._sqlx_migrations set checksum = '' where version = 2",
        "insert into _sqlx_migrations select 9, 'x', now(), true, '', 0",
        "truncate \"_sqlx_migrations\"",
        "alter table _SQLX_migrations rename to old",
        "set role LOGIN; reset role; delete from app._sqlx_migrations",
    ] {
        let db = database().await;
        let sql = sql.replace("LOGIN", db.login.as_str());
        let sql = sql.replace("reset role", &format!("set role {}", db.owner));
        let files = Files::new(&[A, B, ("0003_c.sql", &sql)]);
        let error = chain(&db.apply(&files).await.unwrap_err());
        assert!(
            error.contains("rows of the ledger that are not its own"),
            "{sql}: {error}"
        );
        assert_eq!(number(&mut db.connect().await, ROWS).await, 2, "{sql}");
    }
}

#[tokio::test]
async fn a_file_may_name_the_ledger() {
    let db = database().await;
    let grant = format!(
        "grant select on _sqlx_migrations to {}; -- and not on _sqlx_migrations_log\nset local role {}",
        db.login, db.login
    );
    let files = Files::new(&[A, ("0002_b.sql", &grant)]);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 2);
}
