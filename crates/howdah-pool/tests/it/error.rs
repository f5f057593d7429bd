//! What people read at night.

use std::error::Error as _;
use std::time::Duration;

use howdah_pool::{Error, Pool};
use howdah_secrets::Secret;
use howdah_testkit::As;
use howdah_testkit::fault::{Limit, Proxy, Toxic, Way};

use crate::support::{Result, database, size};

const PASSWORD: &str = "correct horse battery staple";

fn chain(error: &Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let causes = causes.map(|cause| format!("\n{cause:?}\n{cause}"));
    format!("{error:?}\n{error}") + &causes.collect::<String>()
}

#[tokio::test]
async fn a_wrong_password_is_said_at_once_and_never_shown() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let user = login.user.clone();
    let wrong = login.with_user(user, Secret::new(PASSWORD));
    let pool = Pool::lazy(&wrong, &size(3))?;
    let error = pool.acquire().await.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("28P01"), "{error:?}");
    assert!(!error.is_retryable());
    let text = chain(&error) + &format!("{pool:?}");
    assert!(!text.contains(PASSWORD), "{text}");
    assert!(text.contains("password"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_full_role_is_told_by_its_sqlstate() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let _limit = Limit::role_connections(&database.login(As::Superuser), &login.user, 1).await?;
    let taken = howdah_testkit::connect(&login).await?;
    let error = Pool::open(&login, &size(3)).await.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("53300"), "{error:?}");
    assert!(error.is_retryable());
    drop(taken);
    Ok(())
}

#[tokio::test]
async fn a_full_role_with_connections_of_ours_is_waited_for() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let _limit = Limit::role_connections(&database.login(As::Superuser), &login.user, 1).await?;
    let mut settings = size(3);
    settings.acquire_timeout = Duration::from_millis(1_500);
    let pool = Pool::lazy(&login, &settings)?;
    let held = pool.acquire().await?;
    let error = pool.acquire().await.unwrap_err();
    assert!(matches!(error, Error::AcquireTimeout { .. }), "{error:?}");
    assert_eq!(
        error.sqlstate().as_deref(),
        Some("53300"),
        "the cause is kept: {error:?}"
    );
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move {
            pool.acquire()
                .await
                .map(|connection| connection.backend_pid())
        }
    });
    let pid = held.backend_pid();
    drop(held);
    assert_eq!(waiting.await??, pid);
    Ok(())
}

#[tokio::test]
async fn a_missing_schema_is_said_with_its_name() -> Result {
    let database = database().await?;
    let mut login = database.login(As::App);
    login.schema = Some("nowhere".parse()?);
    let error = Pool::open(&login, &size(3)).await.unwrap_err();
    assert!(
        chain(&error).contains("\"nowhere\" is not there"),
        "{error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_address_that_does_not_answer_ends_with_the_time_for_connecting() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let _hole = proxy.inject(Way::BOTH, Toxic::BlackHole);
    let mut through = proxy.login(&login);
    through.session.connect_timeout = Duration::from_millis(200);
    let error = Pool::open(&through, &size(3)).await.unwrap_err();
    assert!(chain(&error).contains("within 200ms"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_refused_port_is_told_with_its_number() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let through = proxy.login(&login);
    let _closed = proxy.refuse()?;
    let error = Pool::open(&through, &size(3)).await.unwrap_err();
    let text = chain(&error);
    assert!(text.contains(&format!(":{}/", proxy.port())), "{text}");
    assert!(text.contains("nothing listens on that port"), "{text}");
    assert!(error.is_retryable());
    Ok(())
}
