use std::time::Duration;

use howdah_roles::{Passwords, Verifier, lock, unlock};
use howdah_secrets::Secret;
use howdah_testkit::connect;
use howdah_testkit::{As, TestDatabase};

use crate::program::program;
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
        "soft\u{ad}hyphen",
        "\u{ff26}\u{ff55}ll",
        " two  spaces ",
        "'); drop role x; --",
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
        let by_driver = connect(&login.with_user(user, Secret::new(text))).await;
        by_driver.unwrap_or_else(|error| panic!("{text}: {error}"));
        let role = (app.as_str(), text);
        let name = database.layout().database().as_str();
        let by_psql = program("psql", &["-Xtc", "select 'in'"], role, name).await?;
        assert_eq!(by_psql.as_deref().map(str::trim), Ok("in"), "{text}");
        let stored: String =
            sqlx::query_scalar("select rolpassword from pg_catalog.pg_authid where rolname = $1")
                .bind(database.layout().app().as_str())
                .fetch_one(&mut cluster)
                .await?;
        assert!(Verifier::parse(&stored).is_some(), "{text}");
        assert!(stored.starts_with("SCRAM-SHA-256$4096:"), "{text}");
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

/// The verifiers of rust-postgres, with salts of its own, are those that we compute with the same salts.
#[test]
fn another_implementation_comes_to_the_same_keys() {
    for text in [
        "pencil",
        "p@ss'w\"o\\rd$ %",
        "Пароль",
        "non\u{a0}breaking",
        "\u{2168}",
        "e\u{301}",
        "soft\u{ad}hyphen",
        "\u{ff26}\u{ff55}ll",
        "שלום",
        " ",
    ] {
        let theirs = postgres_protocol::password::scram_sha_256(text.as_bytes());
        let theirs = Verifier::parse(&theirs).unwrap_or_else(|| panic!("{text}"));
        assert!(theirs.matches(&Secret::new(text)), "{text}");
        assert!(!theirs.matches(&Secret::new(format!("{text}x"))), "{text}");
    }
}
