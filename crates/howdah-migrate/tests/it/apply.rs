use expect_test::expect;
use howdah_migrate::{Error, Event};
use sqlx::ConnectOptions as _;

use crate::support::{Files, chain, database, execute, ignore, number, text};

async fn failure(files: &Files) -> String {
    let db = database().await;
    let error = db.apply(files).await.unwrap_err();
    assert!(matches!(error, Error::Migration { .. }), "{error}");
    files.strip(&chain(&error))
}

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
    assert_eq!(report.to_string(), "nothing to apply");
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
async fn a_file_of_comments_is_recorded() {
    let db = database().await;
    let files = Files::new(&[("0001_stub.sql", "-- done by the program itself\n")]);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 0);
}

#[tokio::test]
async fn a_role_that_cannot_be_set_is_named() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a ();")]);
    let mut options = db.options();
    options.role = Some("pgbouncer".parse().unwrap());
    let migrator = howdah_migrate::Migrator::new(files.migrations(), options);
    let error = migrator
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot set the role \"pgbouncer\" (the login must be a member of it)"
    );
}

#[tokio::test]
async fn without_a_role_the_login_owns_what_it_makes() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a ();")]);
    let mut options = db.options();
    options.role = None;
    let migrator = howdah_migrate::Migrator::new(files.migrations(), options);
    let mut conn = db.connect().await;
    let grant = format!("grant create on database {} to {}", db.name(), db.login);
    execute(&mut conn, &grant).await;
    migrator
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap();
    let owner = text(
        &mut conn,
        "select tableowner::text from pg_tables where tablename = 'a'",
    )
    .await;
    assert_eq!(owner, db.login.as_str());
}

#[tokio::test]
async fn a_schema_that_may_not_be_created_is_named() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a ();")]);
    let mut options = db.options();
    options.role = None;
    let migrator = howdah_migrate::Migrator::new(files.migrations(), options);
    let error = migrator
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot create the schema \"app\""),
        "{error}"
    );
    assert_eq!(error.sqlstate().as_deref(), Some("42501"));
    assert_eq!(db.advisory_locks().await, 0);
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
async fn an_apply_can_be_spawned() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a ();")]);
    let migrator = db.migrator(&files);
    let conn = db.connect_login().await;
    let task = tokio::spawn(async move { migrator.apply(conn, ignore).await });
    assert_eq!(task.await.unwrap().unwrap().applied.len(), 1);
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
