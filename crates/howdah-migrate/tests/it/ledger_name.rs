//! A ledger with another name, or in another schema.

use howdah_migrate::{Catalog, Connector, Error, LedgerName, Migrator, Options, Target, expected};
use sqlx::migrate::Migrator as Stock;

use crate::support::{Files, TestDb, database, eventually, execute, ignore, number, text};

const AWKWARD: &str = r#"my "ledger"; drop table {schema}'s $1"#;
const A: (&str, &str) = ("0001_a.up.sql", "create table a (id int);");
const A_DOWN: (&str, &str) = ("0001_a.down.sql", "drop table a;");
const B: (&str, &str) = (
    "0002_b.sql",
    "-- no-transaction\ncreate index concurrently a_idx on a (id);",
);

fn options(db: &TestDb, ledger: LedgerName) -> Options {
    let mut options = db.options();
    options.ledger = ledger;
    options
}

#[tokio::test]
async fn every_verb_works_on_a_ledger_with_an_awkward_name() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN, B]);
    let mut options = options(&db, LedgerName::new(AWKWARD).unwrap());
    options.target = Target::Count(1);
    let migrator = Migrator::new(files.migrations(), options.clone());
    let conn = db.connect_login().await;
    let report = migrator.apply(conn, ignore).await.unwrap();
    assert_eq!(report.applied.len(), 1);
    let back = howdah_migrate::Back::All;
    let conn = db.connect_login().await;
    migrator.revert(conn, back, ignore).await.unwrap();
    options.target = Target::Newest;
    let migrator = migrator.with_options(options);
    let conn = db.connect_login().await;
    let report = migrator.apply(conn, ignore).await.unwrap();
    assert_eq!(report.applied.len(), 2);

    let mut conn = db.connect_login().await;
    assert!(migrator.plan(&mut conn).await.unwrap().is_up_to_date());
    let acts = migrator.history(&mut conn).await.unwrap();
    let reverted = howdah_migrate::Act::Reverted;
    assert!(acts.iter().any(|entry| entry.act == Some(reverted)));
    files.write(A.0, "create table a (id int); -- edited");
    let migrator = Migrator::new(files.migrations(), migrator_options(&db));
    assert_eq!(migrator.plan_repair(&mut conn).await.unwrap().len(), 1);
    migrator.repair(conn, "a comment", ignore).await.unwrap();

    let mut admin = db.connect().await;
    let default = "select count(*) from pg_class where relname like '\\_sqlx\\_migrations%'";
    assert_eq!(number(&mut admin, default).await, 0);
}

fn migrator_options(db: &TestDb) -> Options {
    options(db, LedgerName::new(AWKWARD).unwrap())
}

#[tokio::test]
async fn the_ledger_stands_where_sqlx_puts_it() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN, B]);
    let mut stock = Stock::new(files.path()).await.unwrap();
    stock.dangerous_set_table_name(r#"ops."The Ledger""#);
    stock.create_schema("ops");
    stock.create_schema("app");
    let mut conn = db.connect_login().await;
    execute(&mut conn, &format!("set role {}", db.owner)).await;
    execute(&mut conn, "set search_path to app").await;
    stock.run_to(1, &mut conn).await.unwrap();

    let mut options = options(&db, LedgerName::from_sql(r#"ops."The Ledger""#).unwrap());
    options.create_schemas = vec!["ops".parse().unwrap(), "audit".parse().unwrap()];
    let migrator = Migrator::new(files.migrations(), options);
    let plan = migrator.plan(&mut conn).await.unwrap();
    assert_eq!((plan.applied().len(), plan.pending().len()), (1, 1));
    let login = db.connect_login().await;
    let report = migrator.apply(login, ignore).await.unwrap();
    assert_eq!(report.applied.len(), 1);
    stock.run(&mut conn).await.unwrap();

    let mut admin = db.connect().await;
    let schemas = "select string_agg(nspname, ' ' order by nspname) from pg_namespace \
         where nspname in ('app', 'audit', 'ops')";
    assert_eq!(text(&mut admin, schemas).await, "app audit ops");
    let log = r#"select count(*) from ops."The Ledger_log" where act = 'applied'"#;
    assert_eq!(number(&mut admin, log).await, 1);
}

#[tokio::test]
async fn a_schema_of_its_own_is_made_for_the_ledger() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN]);
    let ledger = LedgerName::new("history").unwrap();
    let options = options(&db, ledger.in_schema("{ledger}".parse().unwrap()));
    let migrator = Migrator::new(files.migrations(), options);
    let conn = db.connect_login().await;
    migrator.apply(conn, ignore).await.unwrap();
    let mut admin = db.connect().await;
    let rows = r#"select count(*) from "{ledger}".history"#;
    assert_eq!(number(&mut admin, rows).await, 1);
}

#[tokio::test]
async fn a_ledger_with_another_name_is_no_part_of_the_schema() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN]);
    let ledger = LedgerName::new("history").unwrap();
    let migrator = Migrator::new(files.migrations(), options(&db, ledger.clone()));
    let mut read = db.connect_login().await;
    let conn = db.connect_login().await;
    let wanted = expected(&migrator, conn, &mut read).await.unwrap();
    let names: Vec<String> = wanted.names().map(ToString::to_string).collect();
    assert!(
        !names.iter().any(|name| name.contains("history")),
        "{names:?}"
    );
    let schema = "app".parse().unwrap();
    let there = Catalog::read_beside(&mut read, &schema, &ledger)
        .await
        .unwrap();
    assert_eq!(wanted.diff(&there), []);
    let mut admin = db.connect().await;
    execute(&mut admin, "create table app.history_of_orders ()").await;
    let there = Catalog::read_beside(&mut read, &schema, &ledger)
        .await
        .unwrap();
    assert_eq!(wanted.diff(&there).len(), 1);
}

#[tokio::test]
async fn each_of_many_schemas_has_its_own() {
    let db = database().await;
    let files = Files::new(&[A, A_DOWN]);
    let schemas = || ["one", "two"].map(|name| name.parse().unwrap());
    let name = LedgerName::new(AWKWARD).unwrap();
    let connector = Connector::from(db.login_options());
    for ledger in [name.clone().in_schema("ops".parse().unwrap()), name] {
        let is_shared = ledger.schema().is_some();
        let migrator = Migrator::new(files.migrations(), options(&db, ledger));
        let tenants = migrator.tenants(&connector, schemas());
        for tenant in tenants.apply(|_, _| {}).await {
            let refused = matches!(tenant.result, Err(Error::Refused { .. }));
            assert_eq!(refused, is_shared, "{tenant:?}");
        }
        let mut conn = db.connect_login().await;
        let found = migrator.schemas(&mut conn).await.unwrap();
        assert_eq!(found.is_empty(), is_shared, "{found:?}");
    }
}

#[tokio::test]
async fn two_schemas_with_one_ledger_are_kept_apart_and_one_schema_with_two_is_not() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "select pg_sleep(600);")]);
    let shared = LedgerName::from_sql("ledgers.history").unwrap();
    let mut first = options(&db, shared.clone());
    first.schema = "one".parse().unwrap();
    let first = Migrator::new(files.migrations(), first);
    let login = db.connect_login().await;
    let task = tokio::spawn(async move { first.apply(login, ignore).await });
    let sleeping = "select count(*) from pg_stat_activity where datname = current_database() \
         and state = 'active' and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()";
    let mut admin = db.connect().await;
    eventually(&mut admin, sleeping, 1).await;

    let quick = Files::new(&[("0001_a.sql", "create table a ();")]);
    let mut second = options(&db, shared);
    second.schema = "two".parse().unwrap();
    second.lock_deadline = std::time::Duration::from_millis(1);
    let apply = async |options| {
        let migrator = Migrator::new(quick.migrations(), options);
        migrator.apply(db.connect_login().await, ignore).await
    };
    let error = apply(second.clone()).await.unwrap_err();
    assert!(matches!(error, Error::LockTimeout { .. }), "{error}");
    second.schema = "one".parse().unwrap();
    second.ledger = LedgerName::new("other").unwrap();
    assert_eq!(apply(second).await.unwrap().applied.len(), 1);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
}
