//! What a program prints that uses this crate, with all causes.

use std::error::Error as StdError;

use expect_test::expect;
use howdah_migrate::{Connector, DriverError, Error};

use crate::support::{Files, chain, database, execute};

const FILE: (&str, &str) = ("0001_a.sql", "create table a ();\n");

#[tokio::test]
async fn a_server_s_answer_is_said_once_without_the_line_of_its_source() {
    let db = database().await;
    let files = Files::new(&[FILE]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    execute(&mut conn, "create role nobody_at_all").await;
    execute(&mut conn, "set role nobody_at_all").await;
    let mut options = db.options();
    options.role = None;
    let migrator = db.migrator(&files).with_options(options);
    let error = migrator.plan(&mut conn).await.unwrap_err();
    execute(&mut conn, "reset role; drop role nobody_at_all").await;
    expect![[r#"
        cannot read the ledger "app"."_sqlx_migrations" (it needs usage on the schema and select on the table)
        permission denied for schema app (SQLSTATE 42501)"#]]
        .assert_eq(&chain(&error));
    let Error::Database { source, .. } = error else {
        panic!("{error}");
    };
    let driver = source.into_sqlx();
    let server = driver.as_database_error().unwrap();
    assert_eq!(server.message(), "permission denied for schema app");
}

#[tokio::test]
async fn the_same_holds_for_a_connection_that_is_refused() {
    let db = database().await;
    let nowhere = db.login_options().database("nowhere_at_all");
    let migrator = db.migrator(&Files::new(&[FILE]));
    let refused = migrator.apply(Connector::from(nowhere), |_event| {}).await;
    let error = refused.unwrap_err();
    assert_eq!(
        chain(&error),
        "no connection for the migrations\ndatabase \"nowhere_at_all\" does not exist (SQLSTATE 3D000)"
    );
    assert_eq!(error.sqlstate().as_deref(), Some("3D000"));
    let source = error.source().unwrap();
    let driver: &DriverError = source.downcast_ref().unwrap();
    assert!(driver.as_sqlx().as_database_error().is_some());
}

#[tokio::test]
async fn another_error_of_a_connector_stays_what_it_is() {
    let migrator = database().await.migrator(&Files::new(&[FILE]));
    let connector = Connector::new(|| async { Err(std::fmt::Error) });
    let refused = migrator.apply(connector, |_event| {}).await.unwrap_err();
    assert!(refused.source().unwrap().is::<std::fmt::Error>());
    let away = Connector::new(|| async { Err(sqlx::Error::PoolClosed) });
    let refused = migrator.apply(away, |_event| {}).await.unwrap_err();
    assert_eq!(
        chain(&refused),
        format!(
            "no connection for the migrations\n{}",
            sqlx::Error::PoolClosed
        )
    );
}
