//! Who may read the log.

use crate::support::{Files, chain, database, execute};

#[tokio::test]
async fn who_may_read_the_ledger_alone_is_told_which_grant_the_log_needs() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table a ();")]);
    db.apply(&files).await.unwrap();
    let reader = format!("{}_reader", db.name());
    let mut conn = db.connect().await;
    let reading = format!(
        "create role {reader}; grant usage on schema app to {reader}; \
         grant select on app._sqlx_migrations to {reader}; set session authorization {reader}"
    );
    execute(&mut conn, &reading).await;
    let mut options = db.options();
    options.role = None;
    let migrator = db.migrator(&files).with_options(options);
    let error = migrator.history(&mut conn).await.unwrap_err();
    let mut admin = db.connect().await;
    let grant = format!("grant select on \"app\".\"_sqlx_migrations_log\" to \"{reader}\"");
    let message = chain(&error);
    assert!(
        message.contains(&format!("`{grant}`"))
            && message.contains("`status` reads from the ledger"),
        "{message}"
    );
    assert!(message.contains("(SQLSTATE 42501)"), "{message}");
    execute(&mut admin, &grant).await;
    let history = migrator.history(&mut conn).await;
    execute(
        &mut admin,
        &format!("drop owned by {reader}; drop role {reader}"),
    )
    .await;
    assert_eq!(history.unwrap().len(), 1);
}
