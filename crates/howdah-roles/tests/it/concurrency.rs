//! Several at once, and one that is stopped half way.

use std::time::Duration;

use howdah_roles::{Layout, Mode, Passwords, Wanted, plan_cluster, plan_database};
use howdah_testkit::{As, TestDatabase, connect};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::time::{Instant, sleep};

use crate::support::{Result, layout, run, server};

const PATIENCE: Duration = Duration::from_secs(20);

/// Everything, without the lock that keeps well-behaved runs apart.
async fn lay_out(layouts: Vec<Layout>) -> std::result::Result<(), String> {
    let text = |error: &dyn std::error::Error| format!("{error}: {:?}", error.source());
    let server = server().await.map_err(|error| error.to_string())?;
    let mut cluster = connect(&server.superuser("postgres".parse().map_err(|_name| "name")?))
        .await
        .map_err(|error| error.to_string())?;
    for layout in layouts {
        let wanted = Wanted::from(&layout);
        let plan = plan_cluster(&mut cluster, &wanted, &Passwords::default(), Mode::Additive)
            .await
            .map_err(|error| text(&error))?;
        plan.apply(&mut cluster)
            .await
            .map_err(|error| text(&error))?;
        let mut inside = connect(&server.superuser(layout.database().clone()))
            .await
            .map_err(|error| error.to_string())?;
        let plan = plan_database(&mut inside, &wanted, Mode::Additive)
            .await
            .map_err(|error| text(&error))?;
        plan.apply(&mut inside)
            .await
            .map_err(|error| text(&error))?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_at_once_without_a_lock_all_succeed_in_one_database_and_in_two() -> Result {
    let one = layout("races", "app")?;
    let names = howdah_roles::Names {
        owner: one.owner().clone(),
        migrator: one.migrator().clone(),
        app: one.app().clone(),
        read_only: one.read_only().clone(),
    };
    // The same roles in a second database.
    let other = Layout::new(
        crate::support::unique("races2").parse()?,
        "app".parse()?,
        names,
    )?;
    let runs: Vec<_> = (0..6)
        .map(|number| {
            let mut layouts = vec![one.clone(), other.clone()];
            if number % 2 == 1 {
                layouts.reverse();
            }
            tokio::spawn(lay_out(layouts))
        })
        .collect();
    for run in runs {
        run.await??;
    }
    for layout in [one, other] {
        let mut inside = connect(&server().await?.superuser(layout.database().clone())).await?;
        let plan = plan_database(&mut inside, &Wanted::from(&layout), Mode::Additive).await?;
        assert!(plan.is_empty(), "{plan}");
    }
    Ok(())
}

/// A database whose tables the group cannot read, and a session that keeps a grant on one of them from being made.
async fn obstructed() -> Result<(TestDatabase, PgConnection)> {
    let database = crate::support::database().await?;
    let mut other = database.connect(As::Superuser).await?;
    let group = database.layout().read_write_group().clone();
    run(
        &mut other,
        &format!("revoke select on all tables in schema app from {group}"),
    )
    .await?;
    run(
        &mut other,
        "begin; grant select on app.with_serial to pg_monitor",
    )
    .await?;
    Ok((database, other))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_ended_half_way_leaves_nothing_and_the_next_one_does_all() -> Result {
    let (database, mut other) = obstructed().await?;
    let wanted = Wanted::from(database.layout());
    let mut connection = database.connect(As::Superuser).await?;
    let plan = plan_database(&mut connection, &wanted, Mode::Additive).await?;
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()")
        .fetch_one(&mut connection)
        .await?;
    let running = tokio::spawn(async move { plan.apply(&mut connection).await });
    until_waiting(&mut other, pid).await?;
    run(&mut other, &format!("select pg_terminate_backend({pid})")).await?;
    let error = running.await?.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("57P01"), "{error}");
    run(&mut other, "rollback").await?;

    let group = database.layout().read_write_group().as_str();
    let granted: i64 = sqlx::query_scalar(
        "select count(*) from pg_catalog.pg_class where relnamespace = 'app'::regnamespace \
         and relkind in ('r', 'p', 'v', 'm') and has_table_privilege($1::name, oid, 'select')",
    )
    .bind(group)
    .fetch_one(&mut other)
    .await?;
    assert_eq!(granted, 0);
    plan_database(&mut other, &wanted, Mode::Additive)
        .await?
        .apply(&mut other)
        .await?;
    assert!(
        plan_database(&mut other, &wanted, Mode::Additive)
            .await?
            .is_empty()
    );
    Ok(())
}

#[tokio::test]
async fn nothing_is_waited_for_longer_than_the_lock_timeout() -> Result {
    let (database, other) = obstructed().await?;
    let mut connection = database.connect(As::Superuser).await?;
    let wanted = Wanted::from(database.layout());
    let plan = plan_database(&mut connection, &wanted, Mode::Additive).await?;
    let begin = Instant::now();
    let error = plan.apply(&mut connection).await.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("55P03"), "{error}");
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    drop(other);
    Ok(())
}

#[tokio::test]
async fn a_long_query_is_in_nobodys_way() -> Result {
    let database = crate::support::database().await?;
    let mut reader = database.connect(As::App).await?;
    let mut transaction = reader.begin().await?;
    run(&mut transaction, "select * from with_serial").await?;
    let mut superuser = database.connect(As::Superuser).await?;
    let group = database.layout().read_write_group();
    run(
        &mut superuser,
        &format!("revoke update on app.with_serial from {group}"),
    )
    .await?;
    let wanted = Wanted::from(database.layout());
    let plan = plan_database(&mut superuser, &wanted, Mode::Additive).await?;
    plan.apply(&mut superuser).await?;
    run(&mut transaction, "update with_serial set name = name").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_being_made_while_default_privileges_are_set_is_granted_too() -> Result {
    let database = TestDatabase::with_roles(server().await?).await?;
    let layout = database.layout().clone();
    let wanted = Wanted::from(&layout);
    let mut other = database.connect(As::Superuser).await?;
    let (owner, group) = (layout.owner(), layout.read_write_group());
    let unset = format!(
        "alter default privileges for role {owner} in schema app revoke all on tables from {group}"
    );
    run(&mut other, &unset).await?;
    let making = format!("begin; set local role {owner}; create table app.late (id int)");
    run(&mut other, &making).await?;
    let mut connection = database.connect(As::Superuser).await?;
    let plan = plan_database(&mut connection, &wanted, Mode::Additive).await?;
    let running = tokio::spawn(async move { plan.apply(&mut connection).await });
    // The default privileges are there, and the table is not yet.
    until(
        &mut other,
        "select count(*) > 0 from pg_catalog.pg_default_acl where defaclobjtype = 'r' \
          and defaclnamespace = 'app'::regnamespace and defaclacl::text like '%_owner_rw=arwd%'",
    )
    .await?;
    run(&mut other, "commit").await?;
    running.await??;
    let mut app = database.connect(As::App).await?;
    run(&mut app, "insert into late values (1)")
        .await
        .map_err(Into::into)
}

/// Until the session waits for a lock.
async fn until_waiting(connection: &mut PgConnection, pid: i32) -> Result {
    let question = format!(
        "select exists (select from pg_catalog.pg_locks where pid = {pid} and not granted)"
    );
    until(connection, &question).await
}

async fn until(connection: &mut PgConnection, question: &str) -> Result {
    let end = Instant::now() + PATIENCE;
    loop {
        let answer: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(question))
            .fetch_one(&mut *connection)
            .await?;
        if answer {
            return Ok(());
        }
        assert!(Instant::now() < end, "still not: {question}");
        sleep(Duration::from_millis(10)).await;
    }
}
