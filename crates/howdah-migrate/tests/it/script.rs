//! What psql runs offline is what an `apply` would have done, for us and for sqlx.

use std::process::{Command, Stdio};

use expect_test::expect;
use howdah_ident::RoleName;
use howdah_migrate::{Catalog, Error, LedgerName, Migrator, Options, Target, Version};
use sqlx::migrate::Migrate as _;

use crate::code;
use crate::interop::{ledger, stock};
use crate::support::{Files, TestDb, chain, database, execute, number, schema, text};

const A: (&str, &str) = (
    "0001_create_a.sql",
    "set search_path to '';\ncreate table app.a (id int, name text)",
);
const B: (&str, &str) = (
    "0002_fill_a.up.sql",
    "insert into a select n, 'it''s ' || n || $$;$$ from generate_series(1, 10) as n; -- no line end",
);
const B_DOWN: (&str, &str) = ("0002_fill_a.down.sql", "delete from a;\n");
const C: (&str, &str) = (
    "0003_index_a.sql",
    "-- no-transaction\nset work_mem to '8MB';\ncreate index concurrently a_id_idx on a (id);\n\
     insert into a values (11, 'once');\ndo $$ begin perform 1; commit; end $$;\n\
     create unique index concurrently a_name_idx on a (name);\nvacuum a\n",
);
const D: (&str, &str) = ("0004_create_d.sql", "create table d ();\n");
const COUNT: &str = "select count(*) from app._sqlx_migrations where success";

/// Runs it as an operator does, as the migrator's login; what psql says, if it fails, and only with the code for a script
/// that stopped.
fn psql(db: &TestDb, sql: &str) -> Result<(), String> {
    let files = Files::new(&[("script.sql", sql)]);
    let host = db.superuser().host;
    #[expect(clippy::disallowed_methods, reason = "psql is what the script is for")]
    let output = Command::new("psql")
        .args(["-X", "-q"])
        .arg("-f")
        .arg(files.path().join("script.sql"))
        .env("PGHOST", &host.host)
        .env("PGPORT", host.port.to_string())
        .env("PGUSER", db.login.as_str())
        .env("PGPASSWORD", "secret")
        .env("PGDATABASE", db.name())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    if output.status.success() {
        return Ok(());
    }
    assert_eq!(output.status.code(), Some(STOPPED), "{said}");
    Err(said)
}

/// Of psql: an error occurred in a script, and `ON_ERROR_STOP` was set.
const STOPPED: i32 = 3;

fn script(db: &TestDb, files: &Files, after: i64) -> String {
    let script = db.migrator(files).script(Version::new(after)).unwrap();
    script.to_string()
}

#[tokio::test]
async fn a_role_that_a_file_sets_holds_to_its_end_in_psql_too() {
    let db = database().await;
    let (login, mut conn) = (db.login.as_str(), db.connect().await);
    let grant = format!("grant create on database {} to {login}", db.name());
    execute(&mut conn, &grant).await;
    let file = format!(
        "-- no-transaction\nset role {login};\nselect 1;\ncreate schema x1;\ndo $$ begin create schema x2; end $$;"
    );
    let files = Files::new(&[("0001_a.sql", &file), ("0002_b.sql", "create schema x3;")]);
    psql(&db, &script(&db, &files, 0)).unwrap();
    for (schema, owner) in [("x1", login), ("x2", login), ("x3", db.owner.as_str())] {
        let sql =
            format!("select nspowner::regrole::text from pg_namespace where nspname = '{schema}'");
        assert_eq!(text(&mut conn, &sql).await, owner, "{schema}");
    }
}

#[tokio::test]
async fn what_psql_ran_is_applied_for_us_and_for_sqlx() {
    let files = Files::new(&[A, B, B_DOWN, C, D]);
    let (offline, online) = (database().await, database().await);
    psql(&offline, &script(&offline, &files, 0)).unwrap();
    online.apply(&files).await.unwrap();

    let mut conn = offline.connect().await;
    let plan = offline.migrator(&files).plan(&mut conn).await.unwrap();
    assert!(plan.is_up_to_date() && plan.applied().len() == 4, "{plan}");
    stock(&offline, &files).await.unwrap();
    assert_eq!(number(&mut conn, COUNT).await, 4);
    let mut other = online.connect().await;
    assert_eq!(ledger(&mut conn).await, ledger(&mut other).await);
    let there = Catalog::read(&mut conn, &schema()).await.unwrap();
    let wanted = Catalog::read(&mut other, &schema()).await.unwrap();
    assert_eq!(wanted.diff(&there), []);
    assert_eq!(number(&mut conn, "select count(*) from app.a").await, 11);
    let acts = "select string_agg(act || ' ' || coalesce(statement::text, ''), ', ' order by id) \
                from app._sqlx_migrations_log where version = 3 and act <> 'statement began'";
    assert_eq!(text(&mut conn, acts).await, text(&mut other, acts).await);
}

#[tokio::test]
async fn run_twice_it_changes_nothing() {
    let db = database().await;
    let files = Files::new(&[A, B, B_DOWN]);
    let sql = script(&db, &files, 0);
    psql(&db, &sql).unwrap();
    let said = psql(&db, &sql).unwrap_err();
    assert!(
        said.contains("migration 1 of this script is for a database without migrations"),
        "{said}"
    );
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, "select count(*) from app.a").await, 10);
}

#[tokio::test]
async fn a_range_runs_behind_what_is_applied_and_nowhere_else() {
    let db = database().await;
    let files = Files::new(&[A, B, B_DOWN, C, D]);
    let mut options = db.options();
    options.target = Target::Version(Version::new(3).unwrap());
    let range = Migrator::new(files.migrations(), options);
    let range = range.script(Version::new(1)).unwrap();
    let versions = range.steps().iter().map(|step| step.version.as_i64());
    assert_eq!(versions.collect::<Vec<_>>(), [2, 3]);

    let said = psql(&db, &range.to_string()).unwrap_err();
    assert!(
        said.contains("migration 2 of this script is for a database whose newest migration is 1"),
        "{said}"
    );
    let first = Files::new(&[A]);
    db.apply(&first).await.unwrap();
    psql(&db, &range.to_string()).unwrap();
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, COUNT).await, 3);
    let report = db.apply(&files).await.unwrap();
    assert_eq!(report.applied.len(), 1);
}

#[tokio::test]
async fn psql_stops_at_an_error_though_nobody_told_it_to() {
    let db = database().await;
    let wrong = ("0002_wrong.sql", "create table b (id nonsense);\n");
    let files = Files::new(&[A, wrong, ("0003_c.sql", "create table c ();\n")]);
    let said = psql(&db, &script(&db, &files, 0)).unwrap_err();
    assert!(said.contains("nonsense"), "{said}");
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, COUNT).await, 1);
    let tables = "select count(*) from pg_tables where tablename in ('b', 'c')";
    assert_eq!(number(&mut conn, tables).await, 0);
}

#[tokio::test]
async fn what_failed_outside_a_transaction_is_not_recorded_as_applied() {
    let db = database().await;
    let wrong = "-- no-transaction\nvacuum nothing;\ncreate table b ();\n";
    let files = Files::new(&[A, ("0002_wrong.sql", wrong), D]);
    let said = psql(&db, &script(&db, &files, 0)).unwrap_err();
    assert!(said.contains("nothing"), "{said}");
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, COUNT).await, 1);
    let tables = "select count(*) from pg_tables where tablename in ('b', 'd')";
    assert_eq!(number(&mut conn, tables).await, 0);
}

#[tokio::test]
async fn nothing_runs_as_the_login_where_it_may_not_become_the_owner() {
    let db = database().await;
    let files = Files::new(&[D]);
    let migrator = db.migrator(&files);
    let mut options = migrator.options().clone();
    options.role = Some(RoleName::new("nobody_of_this_name").unwrap());
    let sql = migrator.with_options(options).script(None).unwrap();
    let said = psql(&db, &sql.to_string()).unwrap_err();
    assert!(said.contains("nobody_of_this_name"), "{said}");
    let mut conn = db.connect().await;
    let tables = "select count(*) from pg_tables where tablename in ('d', '_sqlx_migrations')";
    assert_eq!(number(&mut conn, tables).await, 0);
}

#[tokio::test]
async fn where_a_script_stopped_outside_a_transaction_an_apply_goes_on() {
    let db = database().await;
    let files = Files::new(&[A, B, B_DOWN, C, D]);
    let twice = B.1.replace("n ||", "'' ||");
    files.write(B.0, twice);
    let said = psql(&db, &script(&db, &files, 0)).unwrap_err();
    assert!(said.contains("could not create unique index"), "{said}");
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, COUNT).await, 2);
    execute(&mut conn, "update app.a set name = id").await;
    let report = db.apply(&files).await.unwrap();
    assert_eq!(report.applied.len(), 2);
    assert_eq!(number(&mut conn, "select count(*) from app.a").await, 11);
    let invalid = "select count(*) from pg_index where not indisvalid";
    assert_eq!(number(&mut conn, invalid).await, 0);
}

#[tokio::test]
async fn nothing_runs_while_somebody_else_migrates() {
    let db = database().await;
    let files = Files::new(&[A]);
    let sql = script(&db, &files, 0);
    let mut theirs = db.connect().await;
    theirs.lock().await.unwrap();
    let said = psql(&db, &sql).unwrap_err();
    assert!(
        said.contains("another session migrates this database"),
        "{said}"
    );
    let ledgers = "select count(*) from pg_tables where tablename = '_sqlx_migrations'";
    assert_eq!(number(&mut theirs, ledgers).await, 0);
    theirs.unlock().await.unwrap();

    let mut ours = db.connect().await;
    let (_, before) = sql.split_once("ON_ERROR_STOP on\n").unwrap();
    let (before, _) = before.split_once("begin;\n").unwrap();
    execute(&mut ours, before).await;
    let said = psql(&db, &sql).unwrap_err();
    assert!(said.contains("another session migrates"), "{said}");
    drop(ours);
}

#[test]
fn what_psql_would_obey_is_refused() {
    let files = Files::new(&[
        ("0001_a.sql", "create table a ();\n\\! touch /tmp/pwned\n"),
        ("0002_b.sql", "select '\\d', E'\\n', $$\\!$$; -- \\!\n"),
        ("0003_c.sql", "create table c ();\ncommit;\n"),
    ]);
    let migrator = Migrator::new(files.migrations(), Options::new(schema()));
    let error = migrator.script(None).unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    expect![[r"
        2 problems before the first migration, nothing was executed
          0001_a.sql:2: `\!` is for psql, not SQL: remove it
          0003_c.sql:2: `commit` would break the transaction that the file shares with its row of the ledger: remove it, or split the file"]]
    .assert_eq(&files.strip(&error));
}

#[test]
fn a_range_begins_behind_a_version_that_exists() {
    let files = Files::new(&[D]);
    let migrator = Migrator::new(files.migrations(), Options::new(schema()));
    let error = migrator.script(Version::new(99)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("version 99: there is no migration of that version to begin behind"),
        "{error}"
    );
}

#[test]
fn it_reads_as_a_person_would_write_it() {
    let files = Files::new(&[D]);
    let mut options = Options::new(schema());
    options.role = Some(RoleName::new("appowner").unwrap());
    let migrator = Migrator::new(files.migrations(), options);
    let script = migrator.script(None).unwrap();
    let sql = files.strip(&script);
    let (_, file) = sql.split_once("\n-- 0004").unwrap();
    expect![[r#"
        _create_d.sql
        reset session authorization;
        reset role;
        reset all;
        discard temp;
        set client_encoding to 'UTF8';
        set standard_conforming_strings to on;
        set role "appowner";
        set search_path to "app";
        set lock_timeout to 5000;
        set statement_timeout to 0;
        begin;
        do $howdah$
        begin
          if exists (select from "app"."_sqlx_migrations" where not success)
            or (select pg_catalog.max(version) from "app"."_sqlx_migrations") is distinct from null then
            raise exception 'migration 4 of this script is for a database without migrations'
              using hint = 'See what is applied, and write a script from there: howdah migrate status; howdah migrate sql --from VERSION';
          end if;
        end
        $howdah$;
        create table d ();
        ;
        reset session authorization;
        set role "appowner";
        insert into "app"."_sqlx_migrations" (version, description, success, checksum, execution_time)
        values (4, 'create d', true, pg_catalog.decode('302ec20b8f6086debd03cf388a2a8645dc0ae7e13c87ba7bccdd39323aa496b3af8ac410b6713f3d5cc5f11d151a9bb1', 'hex'), (extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.now()) * 1000000000)::bigint);
        insert into "app"."_sqlx_migrations_log" (act, version, description, statement, digest, elapsed, sqlstate, message, reason, application_version, host, person)
        values ('applied', 4, 'create d', null, null, null, null, null, null, null, null, null);
        commit;

        select pg_catalog.pg_advisory_unlock_all();
    "#]].assert_eq(file);
    let none = migrator.script(Version::new(4)).unwrap().to_string();
    assert_eq!(none, "-- Nothing is pending for the schema app.\n");
}

#[test]
fn code_is_no_part_of_a_script() {
    let files = Files::new(&[code::A, code::FILL]);
    let migrations = files.migrations().with_code("fill", code::Fill).unwrap();
    let mut options = Options::new("app".parse().unwrap());
    let migrator = Migrator::new(migrations, options.clone());
    let error = migrator.script(None).unwrap_err();
    assert!(chain(&error).contains("it is Rust code, fill"), "{error}");
    options.target = Target::Count(1);
    options.ledger = LedgerName::from_sql("ops.history").unwrap();
    let script = migrator.with_options(options).script(None).unwrap();
    let script = script.to_string();
    assert!(script.contains("create schema \"ops\""), "{script}");
    assert!(
        script.contains("insert into \"ops\".\"history_log\""),
        "{script}"
    );
}
