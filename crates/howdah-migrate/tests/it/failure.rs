//! Where a migration failed, why, and what is kept of it.

use expect_test::expect;
use howdah_migrate::Error;

use crate::support::{Files, chain, database, number};

async fn failure(files: &Files) -> String {
    let db = database().await;
    let error = db.apply(files).await.unwrap_err();
    assert!(matches!(error, Error::Migration { .. }), "{error}");
    files.strip(&chain(&error))
}

#[tokio::test]
async fn a_failure_names_the_place_and_keeps_only_what_came_before() {
    let db = database().await;
    let files = Files::new(&[
        ("0001_a.sql", "create table a (id int);"),
        (
            "0002_b.sql",
            "create table b ();\n\nselect 'ä', missing\nfrom a;\n",
        ),
    ]);
    let error = db.apply(&files).await.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("42703"));
    assert!(!error.is_retryable());
    expect![[r#"
        the migration 0002_b.sql failed
        0002_b.sql:3:13: column "missing" does not exist (SQLSTATE 42703)
          3 | select 'ä', missing
            |             ^
        next: nothing of this file was kept: correct it and run again"#]]
    .assert_eq(&files.strip(&chain(&error)));
    let mut conn = db.connect().await;
    let tables =
        "select count(*) from pg_tables where schemaname = 'app' and tablename in ('a', 'b')";
    assert_eq!(number(&mut conn, tables).await, 1);
    assert_eq!(
        number(&mut conn, "select count(*) from app._sqlx_migrations").await,
        1
    );
}

#[tokio::test]
async fn an_error_without_a_position_names_the_statement() {
    let files = Files::new(&[(
        "0001_a.sql",
        "create table a (id int primary key);\ninsert into a values (1);\n;;-- again;\ninsert into a values (1);\nselect 1;",
    )]);
    expect![[r#"
        the migration 0001_a.sql failed
        0001_a.sql:4: duplicate key value violates unique constraint "a_pkey" (SQLSTATE 23505)
          4 | insert into a values (1);
        detail: Key (id)=(1) already exists.
        next: nothing of this file was kept: correct it and run again"#]]
    .assert_eq(&failure(&files).await);
}

#[tokio::test]
async fn an_error_in_a_body_is_found_in_the_file() {
    let files = Files::new(&[(
        "0001_a.sql",
        "select 1;\ndo $$\nbegin\n  insert into missing values (1);\nend;\n$$;",
    )]);
    let message = failure(&files).await;
    assert!(
        message.contains("0001_a.sql:4:15: relation \"missing\" does not exist"),
        "{message}"
    );
}

#[tokio::test]
async fn an_error_in_a_body_that_stands_twice_names_the_statement() {
    let body = "do $$ begin insert into missing values (1); end $$;";
    let files = Files::new(&[("0001_a.sql", &format!("select 1;\n{body}\n{body}"))]);
    let message = failure(&files).await;
    assert!(
        message.contains("0001_a.sql:2: relation \"missing\""),
        "{message}"
    );
}

#[tokio::test]
async fn an_error_at_the_end_of_the_transaction_belongs_to_the_file() {
    let files = Files::new(&[(
        "0001_a.sql",
        "create table a (id int primary key, b int references a deferrable initially deferred);\n\
         insert into a values (1, 2);",
    )]);
    let message = failure(&files).await;
    assert!(
        message.contains("0001_a.sql: insert or update on table \"a\" violates"),
        "{message}"
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_written_takes_the_file_back() {
    let db = database().await;
    let files = Files::new(&[(
        "0001_a.sql",
        "create table a (); drop table app._sqlx_migrations;",
    )]);
    let error = db.apply(&files).await.unwrap_err();
    assert!(matches!(error, Error::Database { .. }), "{error}");
    assert_eq!(error.sqlstate().as_deref(), Some("42P01"));
    let mut conn = db.connect().await;
    let tables = "select count(*) from pg_tables where tablename = 'a'";
    assert_eq!(number(&mut conn, tables).await, 0);
    assert_eq!(db.advisory_locks().await, 0);
}

#[tokio::test]
async fn a_new_enum_value_used_too_early_gets_a_hint() {
    let files = Files::new(&[
        ("0001_a.sql", "create type mood as enum ('sad');"),
        (
            "0002_b.sql",
            "alter type mood add value 'ok';\nselect 'ok'::mood;",
        ),
    ]);
    let message = failure(&files).await;
    assert!(message.contains("(SQLSTATE 55P04)"), "{message}");
    assert!(
        message.contains("next: a new value of an enum cannot be used in the transaction"),
        "{message}"
    );
}

#[tokio::test]
async fn a_statement_that_needs_to_stand_alone_gets_a_hint() {
    // Which only the server knows: the statement is in a string.
    let sql = "do $$ begin execute 'vacuum'; end $$;";
    let message = failure(&Files::new(&[("0001_a.sql", sql)])).await;
    assert!(
        message.contains("whose first line is `-- no-transaction`"),
        "{message}"
    );
}

#[tokio::test]
async fn statements_are_counted_as_the_server_counts_them() {
    let files = Files::new(&[(
        "0001_a.sql",
        r#"create table a (id int primary key, t text);
create rule r as on delete to a do also (select 1; select 2);
;; -- none; /* none; */
do $do$ begin perform 1; perform $$;$$; end $do$;
insert into a values (1, E'\';'
  'a\';'), (2, ';''') /* a /* ; */ ; */;
create function "f;"() returns int language plpgsql as 'begin return 1; end';
insert into a values (1);
select 1;"#,
    )]);
    let message = failure(&files).await;
    assert!(message.contains("0001_a.sql:8: duplicate key"), "{message}");
}

#[tokio::test]
async fn a_password_in_a_statement_that_fails_is_neither_told_nor_written_down() {
    let db = database().await;
    for sql in [
        "create role nobody_at_all login password 'hunter2' connection limit -7;",
        "create role nobody_at_all password 'hunter2' 'hunter2';",
        "-- no-transaction\nalter user nobody_at_all encrypted password $$hunter2$$;",
    ] {
        let files = Files::new(&[("0001_a.sql", sql)]);
        let error = db.apply(&files).await.unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        let message = chain(&error);
        assert!(message.contains("password '...'"), "{message}");
        let mut conn = db.connect_login().await;
        let log = db.migrator(&files).history(&mut conn).await.unwrap();
        let told = log.last().unwrap().message.as_deref().unwrap();
        assert!(told.contains("password '...'"), "{told}");
        assert!(!format!("{log:?}").contains("hunter2"), "{log:?}");
    }
}

#[tokio::test]
async fn a_password_in_a_string_is_neither_told_nor_written_down() {
    let db = database().await;
    for (sql, shown) in [
        (
            "do $$ begin execute 'create role nobody_at_all password ''hunter2'' xx'; end $$;",
            "password ''...'' xx'",
        ),
        (
            "do $$ begin create role nobody_at_all password 'hunter2' xx; end $$;",
            "password '...' xx",
        ),
        (
            "select dblink_connect_where('host=x password=hunter2 dbname=y');",
            "password=... dbname=y",
        ),
    ] {
        let files = Files::new(&[("0001_a.sql", sql)]);
        let error = db.apply(&files).await.unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        let message = chain(&error);
        assert!(message.contains(shown), "{message}");
        let mut conn = db.connect_login().await;
        let log = db.migrator(&files).history(&mut conn).await.unwrap();
        assert!(!format!("{log:?}").contains("hunter2"), "{log:?}");
    }
}
