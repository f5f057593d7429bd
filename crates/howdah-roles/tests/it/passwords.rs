use std::time::Duration;

use howdah_roles::{Passwords, Verifier, lock, unlock};
use howdah_secrets::Secret;
use howdah_testkit::connect;
use howdah_testkit::{As, TestDatabase};

use crate::support::{Result, plan_cluster, server};

#[tokio::test]
async fn every_password_that_sasl_allows_can_log_in_and_is_stored_as_a_verifier() -> Result {
    let database = TestDatabase::with_roles(server().await?).await?;
    let mut cluster = connect(&server().await?.superuser("postgres".parse()?)).await?;
    let texts = [
        "p@ss'w\"o\\rd$ %",
        "Пароль",
        "non\u{a0}breaking",
        "\u{2168}",
        "e\u{301}",
    ];
    for text in texts {
        let app = database.layout().app();
        let passwords = Passwords::default().with(app, Secret::new(text));
        lock(&mut cluster, Duration::from_secs(30)).await?;
        let plan = plan_cluster(&mut cluster, database.layout(), &passwords).await?;
        plan.apply(&mut cluster).await?;
        let again = plan_cluster(&mut cluster, database.layout(), &passwords).await?;
        unlock(&mut cluster).await?;
        assert_eq!((plan.len(), again.len()), (1, 0), "{text}");
        assert!(!plan.to_string().contains(text), "{plan}");

        let login = database.login(As::App);
        let user = login.user.clone();
        connect(&login.with_user(user, Secret::new(text))).await?;
        let stored: String =
            sqlx::query_scalar("select rolpassword from pg_catalog.pg_authid where rolname = $1")
                .bind(database.layout().app().as_str())
                .fetch_one(&mut cluster)
                .await?;
        assert!(Verifier::parse(&stored).is_some(), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_shown() -> Result {
    let database = TestDatabase::with_roles(server().await?).await?;
    let login = database.login(As::App);
    let user = login.user.clone();
    let error = connect(&login.with_user(user, Secret::new("hunter2")))
        .await
        .map(drop)
        .unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("28P01"));
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    Ok(())
}
