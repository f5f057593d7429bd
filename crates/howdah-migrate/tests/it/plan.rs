use expect_test::expect;
use howdah_migrate::{Error, Migrator, OutOfOrder, State};

use crate::support::{Files, TestDb, database, execute, number, schema};

const INIT: (&str, &str) = ("0001_init.sql", "create table a ();\n");
const MORE: (&str, &str) = ("0002_more.sql", "create table b ();\n");

async fn refusal(db: &TestDb, files: &Files) -> String {
    let mut conn = db.connect_login().await;
    let error = db.migrator(files).plan(&mut conn).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    files.strip(&error)
}

#[tokio::test]
async fn without_a_schema_all_is_pending_and_a_read_only_transaction_is_enough() {
    let db = database().await;
    let files = Files::new(&[INIT, ("0002_index.sql", "-- no-transaction\nvacuum")]);
    let mut conn = db.connect_login().await;
    execute(&mut conn, "begin read only").await;
    let plan = db.migrator(&files).plan(&mut conn).await.unwrap();
    assert!(!plan.schema_exists() && !plan.ledger_exists());
    expect![[r#"
        schema "app": 0 applied, 2 pending (the schema does not exist yet)
        pending  1  init
        pending  2  index (outside a transaction)"#]]
    .assert_eq(&plan.to_string());
}

#[tokio::test]
async fn a_role_that_may_only_read_the_ledger_can_plan() {
    let db = database().await;
    let files = Files::new(&[INIT]);
    db.apply(&files).await.unwrap();
    files.write(MORE.0, MORE.1);
    let mut conn = db.connect().await;
    let reader = format!("{}_reader", db.owner.as_str());
    execute(&mut conn, &format!("create role {reader}")).await;
    execute(&mut conn, &format!("grant usage on schema app to {reader}")).await;
    execute(
        &mut conn,
        &format!("grant select on app._sqlx_migrations to {reader}"),
    )
    .await;
    execute(&mut conn, &format!("set role {reader}")).await;
    execute(&mut conn, "set default_transaction_read_only to on").await;
    let plan = db.migrator(&files).plan(&mut conn).await.unwrap();
    assert_eq!((plan.applied().len(), plan.pending().len()), (1, 1));
    execute(
        &mut conn,
        "reset role; set transaction_read_only to off; reset all",
    )
    .await;
    execute(
        &mut conn,
        &format!("drop owned by {reader}; drop role {reader}"),
    )
    .await;
}

#[tokio::test]
async fn a_login_that_does_not_inherit_reads_as_the_owner_and_stays_itself() {
    let db = database().await;
    let files = Files::new(&[INIT]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect_login().await;
    let plan = db.migrator(&files).plan(&mut conn).await.unwrap();
    assert!(plan.is_up_to_date());
    assert_eq!(
        number(
            &mut conn,
            "select (current_user = session_user)::int::bigint"
        )
        .await,
        1
    );
}

#[tokio::test]
async fn a_ledger_that_may_not_be_read_is_an_error_that_says_what_is_missing() {
    let db = database().await;
    let files = Files::new(&[INIT]);
    db.apply(&files).await.unwrap();
    let mut options = db.options();
    options.role = None;
    let migrator = Migrator::new(files.migrations(), options);
    let error = migrator
        .plan(&mut db.connect_login().await)
        .await
        .unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("42501"));
    assert!(
        error
            .to_string()
            .contains("usage on the schema and select on the table")
    );
}

#[tokio::test]
async fn everything_that_is_wrong_is_reported_at_once() {
    let db = database().await;
    let files = Files::new(&[
        INIT,
        ("0003_c.sql", "create table c ();"),
        ("0005_e.sql", "select 5"),
    ]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        "update app._sqlx_migrations set success = false where version = 3",
    )
    .await;
    files.write("0001_init.sql", "create table a (id int);\n");
    files.write("0004_d.sql", "create table d ();\ncommit;\n");
    std::fs::remove_file(files.path().join("0005_e.sql")).unwrap();
    expect![[r#"
        5 problems before the first migration, nothing was executed
          ledger row 5 (e): it is applied, and there is no file for it: this program is older than the database, or the file was removed; deploy the newer program, or bring the file back
          0001_init.sql: the file was edited after it was applied: restore it, and make the change in a new migration
          0003_c.sql: the ledger says it began and did not end, which a transaction cannot do: another program wrote this row, or the file had its `-- no-transaction` then. Look at what the migration left; undo by hand what it did and give it up: `howdah migrate repair --abandon 3 --reason "..."`, or finish it and set `success` to true
          0004_d.sql: it is not applied, and older than 5, which is: give it a new version, or allow migrations out of order
          0004_d.sql:2: `commit` would break the transaction that the file shares with its row of the ledger: remove it, or split the file"#]]
    .assert_eq(&refusal(&db, &files).await);
}

#[tokio::test]
async fn an_edited_applied_file_stops_the_pending_one() {
    let db = database().await;
    let files = Files::new(&[INIT]);
    db.apply(&files).await.unwrap();
    files.write("0001_init.sql", "create table a (id int);\n");
    files.write(MORE.0, MORE.1);
    let error = db.apply(&files).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    let mut conn = db.connect().await;
    let tables =
        "select count(*) from pg_tables where schemaname = 'app' and tablename in ('a', 'b')";
    assert_eq!(number(&mut conn, tables).await, 1);
}

#[tokio::test]
async fn line_ends_and_a_byte_order_mark_are_no_edit() {
    let db = database().await;
    let files = Files::new(&[INIT, MORE]);
    db.apply(&files).await.unwrap();
    files.write(INIT.0, INIT.1.replace('\n', "\r\n"));
    files.write(MORE.0, format!("\u{feff}{}", MORE.1));
    let plan = db
        .migrator(&files)
        .plan(&mut db.connect_login().await)
        .await
        .unwrap();
    assert!(plan.is_up_to_date());
}

#[tokio::test]
async fn a_late_migration_runs_if_that_is_allowed() {
    let db = database().await;
    let files = Files::new(&[MORE]);
    db.apply(&files).await.unwrap();
    files.write(INIT.0, INIT.1);
    assert!(refusal(&db, &files).await.contains("older than 2"));
    let mut options = db.options();
    options.out_of_order = OutOfOrder::Allow;
    let migrator = Migrator::new(files.migrations(), options);
    let report = migrator
        .apply(db.connect_login().await, |_| {})
        .await
        .unwrap();
    assert_eq!(report.applied.len(), 1);
}

#[tokio::test]
async fn a_schema_with_an_awkward_name_is_quoted_everywhere() {
    let db = database().await;
    let mut options = db.options();
    options.schema = r#"My "app'\"#.parse().unwrap();
    assert_ne!(options.schema, schema());
    let migrator = Migrator::new(Files::new(&[INIT]).migrations(), options);
    migrator
        .apply(db.connect_login().await, |_| {})
        .await
        .unwrap();
    let plan = migrator.plan(&mut db.connect_login().await).await.unwrap();
    assert_eq!(plan.applied().len(), 1);
}

#[tokio::test]
async fn who_may_read_the_ledger_alone_may_plan() {
    let db = database().await;
    let files = Files::new(&[INIT]);
    db.apply(&files).await.unwrap();
    let reader = format!("{}_reader", db.name());
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        &format!(
            "create role {reader}; grant usage on schema app to {reader}; \
             grant select on app._sqlx_migrations to {reader}; set role {reader}; set default_transaction_read_only = on"
        ),
    )
    .await;
    // Only the owner could read the log, and this role cannot become the owner.
    execute(&mut conn, &format!("set session authorization {reader}")).await;
    let plan = db.migrator(&files).plan(&mut conn).await;
    let drop = format!("drop owned by {reader}; drop role {reader}");
    execute(&mut db.connect().await, &drop).await;
    assert!(plan.unwrap().is_up_to_date());
}

#[tokio::test]
async fn who_examines_sees_the_state_of_all_beside_what_is_wrong() {
    let db = database().await;
    let files = Files::new(&[INIT, MORE]);
    db.apply(&files).await.unwrap();
    files.write(INIT.0, "create table a (); -- edited\n");
    files.write("0003_c.sql", "create table c ();\n");
    std::fs::remove_file(files.path().join(MORE.0)).unwrap();
    let mut conn = db.connect_login().await;
    let migrator = db.migrator(&files);
    let plan = migrator.examine(&mut conn).await.unwrap();
    assert_eq!((plan.applied().len(), plan.pending().len()), (1, 1));
    expect![[r#"
        schema "app": 1 applied, 1 pending
        applied  1  init
            problem: 0001_init.sql: the file was edited after it was applied: restore it, and make the change in a new migration
        pending  3  c
        problem: ledger row 2 (more): it is applied, and there is no file for it: this program is older than the database, or the file was removed; deploy the newer program, or bring the file back"#]].assert_eq(&files.strip(&plan));
    let Error::Refused { problems } = migrator.plan(&mut conn).await.unwrap_err() else {
        panic!("it has problems");
    };
    assert_eq!(plan.problems(), problems);
    let of_first = plan.problems_of(&plan.applied()[0]);
    assert_eq!((of_first.count(), plan.problems_of_none().count()), (1, 1));
}

#[tokio::test]
async fn what_is_right_has_no_problems_when_it_is_examined() {
    let db = database().await;
    let migrator = db.migrator(&Files::new(&[INIT]));
    let mut conn = db.connect_login().await;
    let examined = migrator.examine(&mut conn).await.unwrap();
    assert!(examined.problems().is_empty());
    assert_eq!(examined, migrator.plan(&mut conn).await.unwrap());
}

#[tokio::test]
async fn how_far_another_program_has_come_is_not_known() {
    let db = database().await;
    let files = Files::new(&[INIT]);
    db.apply(&files).await.unwrap();
    files.write(MORE.0, "-- no-transaction\nvacuum;\n");
    let mut conn = db.connect().await;
    let begun = "insert into app._sqlx_migrations (version, description, success, checksum, execution_time) \
                 values (2, 'more', false, '', -1)";
    execute(&mut conn, begun).await;
    let plan = db.migrator(&files).examine(&mut conn).await.unwrap();
    let step = &plan.pending()[0];
    assert_eq!(
        (step.state, step.statements_ended),
        (State::Unfinished, None)
    );
}
