//! Whom the things that migrations make belong to, and what a login without the rights is told.

use crate::support::{Files, database, execute, ignore, text};

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
