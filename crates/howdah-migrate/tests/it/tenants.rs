//! The same migrations in many schemas.

use std::collections::BTreeMap;

use howdah_ident::SchemaName;
use howdah_migrate::{Connector, Error, Event, Tenant, TenantEvent};

use crate::support::{Files, TestDb, database, execute, number};

const A: (&str, &str) = ("0001_a.sql", "create table a (id int);");
const B: (&str, &str) = ("0002_b.sql", "create table b ();");
const SERIAL: (&str, &str) = (
    "0003_c.sql",
    "-- no-transaction\ncreate index concurrently a_id_idx on a (id);",
);

fn schemas(count: usize) -> Vec<SchemaName> {
    let name = |number| format!("tenant_{number:03}").parse().unwrap();
    (0..count).map(name).collect()
}

type ByName<T> = Vec<(String, T)>;

fn split<T>(tenants: Vec<Tenant<T>>) -> (ByName<T>, ByName<Error>) {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for Tenant { schema, result, .. } in tenants {
        let schema = schema.as_str().to_owned();
        match result {
            Ok(it) => done.push((schema, it)),
            Err(error) => failed.push((schema, error)),
        }
    }
    (done, failed)
}

async fn ledgers(db: &TestDb) -> i64 {
    let sql = "select count(*) from pg_tables where tablename = '_sqlx_migrations'";
    number(&mut db.connect().await, sql).await
}

#[tokio::test]
async fn one_broken_tenant_is_told_and_a_second_call_touches_it_alone() {
    let db = database().await;
    let files = Files::new(&[A, B, SERIAL]);
    let migrator = db.migrator(&files);
    let mut admin = db.connect().await;
    let broken = format!(
        "create schema tenant_007 authorization {}; create table tenant_007.b ()",
        db.owner
    );
    execute(&mut admin, &broken).await;

    let connector = Connector::from(db.login_options());
    let tenants = migrator.tenants(&connector, schemas(20)).connections(4);
    let (done, failed) = split(tenants.apply(|_, _| {}).await);
    assert_eq!((done.len(), failed.len()), (19, 1));
    assert_eq!(failed[0].0, "tenant_007");
    assert_eq!(failed[0].1.sqlstate().as_deref(), Some("42P07"));
    assert!(done.iter().all(|(_, report)| report.applied.len() == 3));
    assert_eq!(db.advisory_locks().await, 0);

    let tenants = migrator.tenants(&connector, schemas(20)).plan().await;
    let (plans, _) = split(tenants);
    let pending = plans.iter().filter(|(_, plan)| !plan.is_up_to_date());
    assert_eq!(pending.count(), 1);

    execute(&mut admin, "drop table tenant_007.b").await;
    let mut runs = BTreeMap::new();
    let tenants = migrator.tenants(&connector, schemas(20));
    let (done, failed) = split(
        tenants
            .apply(|schema, event| match event {
                TenantEvent::Run(Event::Started(step)) => {
                    runs.entry(schema.as_str().to_owned())
                        .or_insert_with(Vec::new)
                        .push(step.version.as_i64());
                }
                TenantEvent::Ended(result) => assert!(result.is_ok(), "{result:?}"),
                _ => {}
            })
            .await,
    );
    assert_eq!((done.len(), failed.len()), (20, 0));
    assert_eq!(
        runs,
        BTreeMap::from([("tenant_007".to_owned(), vec![2, 3])])
    );
    assert_eq!(migrator.schemas(&mut admin).await.unwrap(), schemas(20));
}

#[tokio::test]
async fn no_more_connections_are_opened_than_are_allowed() {
    let db = database().await;
    let limit = format!("alter role {} connection limit 2", db.login);
    execute(&mut db.connect().await, &limit).await;
    let files = Files::new(&[A, B]);
    let migrator = db.migrator(&files);
    let connector = Connector::from(db.login_options());
    let tenants = migrator.tenants(&connector, schemas(12)).connections(2);
    let (done, failed) = split(tenants.apply(|_, _| {}).await);
    assert_eq!((done.len(), failed.len()), (12, 0), "{failed:?}");
}

#[tokio::test]
async fn tenants_are_migrated_side_by_side_and_by_many_callers() {
    let db = database().await;
    let files = Files::new(&[A, B]);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (migrator, connector) = (db.migrator(&files), Connector::from(db.login_options()));
        callers.spawn(async move {
            let tenants = migrator.tenants(&connector, schemas(10));
            tenants.apply(|_, _| {}).await
        });
    }
    let mut applied = 0;
    for tenants in callers.join_all().await {
        let (done, failed) = split(tenants);
        assert!(failed.is_empty(), "{failed:?}");
        let counts = done.iter().map(|(_, report)| report.applied.len());
        applied += counts.sum::<usize>();
    }
    assert_eq!(applied, 20);
}

#[tokio::test]
async fn where_no_connection_can_be_had_the_rest_is_not_tried() {
    let db = database().await;
    let limit = format!("alter role {} connection limit 0", db.login);
    execute(&mut db.connect().await, &limit).await;
    let files = Files::new(&[A]);
    let migrator = db.migrator(&files);
    let connector = Connector::from(db.login_options());
    let tenants = migrator.tenants(&connector, schemas(5)).connections(2);
    let (_, failed) = split(tenants.apply(|_, _| {}).await);
    let not_tried = failed
        .iter()
        .filter(|(_, error)| matches!(error, Error::NotTried));
    assert_eq!((failed.len(), not_tried.count()), (5, 3));
    assert!(failed.iter().all(|(_, error)| error.is_retryable()));
    assert_eq!(ledgers(&db).await, 0);
}
