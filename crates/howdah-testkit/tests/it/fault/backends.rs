use std::time::Duration;

use howdah_testkit::fault::{Backends, Doing, Error, Hold};
use howdah_testkit::{As, TestDatabase};
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use super::{Result, database, sqlstate};

async fn pid(connection: &mut PgConnection) -> Result<i32> {
    let pid = "select pg_backend_pid()";
    Ok(sqlx::query_scalar(pid).fetch_one(connection).await?)
}

/// The sessions of the service, and not those of whoever else looks.
fn of_app(database: &TestDatabase) -> Backends {
    Backends::of(&database.login(As::Superuser)).with_user(database.layout().app())
}

#[tokio::test]
async fn sessions_are_seen_and_counted_until_they_are_gone() -> Result {
    let database = database().await?;
    let backends = of_app(&database);
    let mut app = database.connect(As::App).await?;
    let one = backends.wait_for(1).await?.remove(0);
    assert_eq!(one.pid, pid(&mut app).await?);
    assert_eq!(one.user, database.layout().app().as_str());
    let other = backends.clone().with_application_name("somebody else");
    assert_eq!(other.list().await?, []);
    assert_eq!(backends.clone().with_pid(one.pid).list().await?.len(), 1);
    drop(app);
    backends.wait_for(0).await?;
    Ok(())
}

#[tokio::test]
async fn a_session_that_is_blocked_is_waited_for_with_whom_it_waits_for() -> Result {
    let database = database().await?;
    let holder = Hold::advisory_lock(&database.login(As::App), 7).await?;
    let mut waiter = database.connect(As::App).await?;
    let waiting = tokio::spawn(async move {
        let lock = sqlx::query("select pg_advisory_lock(7)");
        lock.execute(&mut waiter).await
    });
    let blocked = of_app(&database).wait_for_one(Doing::BlockedOnLock).await?;
    assert_eq!(blocked.blocked_by, holder.pids());
    holder.release().await?;
    waiting.await??;
    Ok(())
}

#[tokio::test]
async fn a_wait_that_is_over_says_what_it_waited_for_and_what_was_there() -> Result {
    let database = database().await?;
    let _app = database.connect(As::App).await?;
    let backends = of_app(&database).with_deadline(Duration::from_millis(50));
    let error = backends
        .wait_for_one(Doing::IdleInTransaction)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::Deadline { .. }));
    assert!(
        text.contains("50 ms for a session that is IdleInTransaction"),
        "{text}"
    );
    assert!(text.ends_with(": Idle"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_terminated_session_is_gone_and_its_client_is_told() -> Result {
    let database = database().await?;
    let mut app = database.connect(As::App).await?;
    let ended = of_app(&database).terminate().await?;
    assert_eq!(ended.len(), 1);
    assert_eq!(of_app(&database).list().await?, []);
    let error = sqlx::query("select 1").execute(&mut app).await.unwrap_err();
    assert_eq!(sqlstate(&error).as_deref(), Some("57P01"));
    Ok(())
}

#[tokio::test]
async fn a_cancelled_statement_fails_and_its_session_goes_on() -> Result {
    let database = database().await?;
    let mut app = database.connect(As::App).await?;
    let sleeping = tokio::spawn(async move {
        let slept = sqlx::query("select pg_sleep(600)").execute(&mut app).await;
        (slept, pid(&mut app).await)
    });
    let backends = of_app(&database);
    backends.wait_for_one(Doing::Running).await?;
    assert_eq!(backends.cancel().await?.len(), 1);
    // Sooner than the session's own limit, which has the same code.
    let (slept, pid) = timeout(Duration::from_secs(10), sleeping).await??;
    assert_eq!(sqlstate(&slept.unwrap_err()).as_deref(), Some("57014"));
    pid?;
    Ok(())
}

mod on_local_binaries {
    use howdah_testkit::fault::{Backends, Error};
    use howdah_testkit::{As, TestDatabase, TestServer};
    use tokio::time::{Duration, timeout};

    use super::super::Result;
    use super::{of_app, pid};

    #[tokio::test]
    async fn a_killed_session_takes_all_others_with_it_and_the_server_recovers() -> Result {
        let server = TestServer::local().await?;
        let database = TestDatabase::with_roles(&server).await?;
        let mut killed = database.connect(As::App).await?;
        let mut bystander = database.connect(As::ReadOnly).await?;
        let victim = pid(&mut killed).await?;
        let backends = Backends::of(&database.login(As::Superuser));
        backends.with_pid(victim).kill_one().await?;
        assert!(pid(&mut killed).await.is_err());
        assert!(pid(&mut bystander).await.is_err());
        database.connect(As::App).await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_frozen_session_says_nothing_until_it_goes_on() -> Result {
        let server = TestServer::local().await?;
        let database = TestDatabase::with_roles(&server).await?;
        let mut app = database.connect(As::App).await?;
        let frozen = of_app(&database).freeze().await?;
        let mut answer = Box::pin(pid(&mut app));
        let silence = timeout(Duration::from_millis(300), &mut answer).await;
        assert!(silence.is_err(), "it is frozen");
        drop(frozen);
        answer.await?;
        Ok(())
    }

    #[tokio::test]
    async fn nothing_is_signalled_where_there_is_no_such_session() -> Result {
        let server = TestServer::local().await?;
        let database = TestDatabase::with_roles(&server).await?;
        let error = of_app(&database).kill_one().await.unwrap_err();
        assert!(matches!(error, Error::NoSuchProcess { .. }), "{error}");
        Ok(())
    }
}

mod in_a_container {
    use howdah_testkit::fault::Error;
    use howdah_testkit::{As, TestDatabase, TestServer};

    use super::super::Result;
    use super::of_app;

    #[tokio::test]
    async fn a_process_of_another_number_space_is_not_signalled() -> Result {
        let server = TestServer::container().await?;
        let database = TestDatabase::with_roles(&server).await?;
        let _app = database.connect(As::App).await?;
        let error = of_app(&database).kill_one().await.unwrap_err();
        assert!(matches!(error, Error::NoSuchProcess { .. }), "{error}");
        Ok(())
    }
}
