//! Several at once, and one that is stopped half way.

use std::time::Duration;

use howdah_roles::{Layout, Mode, Passwords, Wanted, plan_cluster, plan_database};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::time::{Instant, sleep};

use crate::by::By;
use crate::support::{Result, connect_as, layout, run};

const PATIENCE: Duration = Duration::from_secs(20);

/// Everything, without the lock that keeps well-behaved runs apart.
async fn lay_out(by: By, layouts: Vec<Layout>) -> std::result::Result<(), String> {
    let text = |error: &dyn std::error::Error| format!("{error}: {:?}", error.source());
    let mut cluster = by
        .connect("postgres")
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
        let mut inside = by
            .connect(layout.database().as_str())
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
    at_once(By::Superuser).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrators_runs_at_once_all_succeed() -> Result {
    at_once(By::administrator().await?).await
}

async fn at_once(by: By) -> Result {
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
            tokio::spawn(lay_out(by.clone(), layouts))
        })
        .collect();
    for run in runs {
        run.await??;
    }
    for layout in [one, other] {
        let mut inside = by.connect(layout.database().as_str()).await?;
        let plan = plan_database(&mut inside, &Wanted::from(&layout), Mode::Additive).await?;
        assert!(plan.is_empty(), "{plan}");
    }
    Ok(())
}

/// A database whose tables the group cannot read, and a session that keeps a grant on one of them from being made.
async fn obstructed(by: &By) -> Result<(Layout, PgConnection)> {
    let layout = by.lay_out("held", Mode::Additive).await?;
    let mut other = By::Superuser.connect(layout.database().as_str()).await?;
    let group = layout.read_write_group();
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
    Ok((layout, other))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_ended_half_way_leaves_nothing_and_the_next_one_does_all() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        is_ended_half_way(&by).await?;
    }
    Ok(())
}

async fn is_ended_half_way(by: &By) -> Result {
    let (layout, mut other) = obstructed(by).await?;
    let wanted = Wanted::from(&layout);
    let mut connection = by.connect(layout.database().as_str()).await?;
    let plan = plan_database(&mut connection, &wanted, Mode::Additive).await?;
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()")
        .fetch_one(&mut connection)
        .await?;
    let running = tokio::spawn(async move { plan.apply(&mut connection).await });
    until_waiting(&mut other, pid).await?;
    run(&mut other, &format!("select pg_terminate_backend({pid})")).await?;
    let Err(error) = running.await? else {
        return Err("it was ended, and has succeeded".into());
    };
    assert_eq!(error.sqlstate().as_deref(), Some("57P01"), "{error}");
    run(&mut other, "rollback").await?;

    let group = layout.read_write_group().as_str();
    let granted: i64 = sqlx::query_scalar(
        "select count(*) from pg_catalog.pg_class where relnamespace = 'app'::regnamespace \
         and relkind in ('r', 'p', 'v', 'm') and has_table_privilege($1::name, oid, 'select')",
    )
    .bind(group)
    .fetch_one(&mut other)
    .await?;
    assert_eq!(granted, 0);
    let mut connection = by.connect(layout.database().as_str()).await?;
    plan_database(&mut connection, &wanted, Mode::Additive)
        .await?
        .apply(&mut connection)
        .await?;
    assert!(
        plan_database(&mut connection, &wanted, Mode::Additive)
            .await?
            .is_empty()
    );
    Ok(())
}

#[tokio::test]
async fn nothing_is_waited_for_longer_than_the_lock_timeout() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let (layout, mut other) = obstructed(&by).await?;
        let mut connection = by.connect(layout.database().as_str()).await?;
        let plan = plan_database(&mut connection, &Wanted::from(&layout), Mode::Additive).await?;
        let begin = Instant::now();
        let error = plan.apply(&mut connection).await.unwrap_err();
        assert_eq!(error.sqlstate().as_deref(), Some("55P03"), "{error}");
        assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
        let pid = crate::server_log::pid(&mut other).await?;
        let named = format!("in the way: pid {pid} (howdah-testkit), role postgres");
        assert!(error.to_string().contains(&named), "{error}");
        drop(other);
    }
    Ok(())
}

#[tokio::test]
async fn a_long_query_is_in_nobodys_way() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let layout = by.lay_out("long", Mode::Additive).await?;
        let database = layout.database().as_str();
        let mut app = connect_as(layout.app().as_str(), database).await?;
        let mut transaction = app.begin().await?;
        run(&mut transaction, "select * from with_serial").await?;
        let mut superuser = By::Superuser.connect(database).await?;
        let group = layout.read_write_group();
        run(
            &mut superuser,
            &format!("revoke update on app.with_serial from {group}"),
        )
        .await?;
        let mut connection = by.connect(database).await?;
        let plan = plan_database(&mut connection, &Wanted::from(&layout), Mode::Additive).await?;
        plan.apply(&mut connection).await?;
        run(&mut transaction, "update with_serial set name = name").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_being_made_while_default_privileges_are_set_is_granted_too() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        is_being_made(&by).await?;
    }
    Ok(())
}

async fn is_being_made(by: &By) -> Result {
    let layout = by.lay_out("late", Mode::Additive).await?;
    let wanted = Wanted::from(&layout);
    let database = layout.database().as_str();
    let mut other = By::Superuser.connect(database).await?;
    let (owner, group) = (layout.owner(), layout.read_write_group());
    let unset = format!(
        "alter default privileges for role {owner} in schema app revoke all on tables from {group}"
    );
    run(&mut other, &unset).await?;
    let making = format!("begin; set local role {owner}; create table app.late (id int)");
    run(&mut other, &making).await?;
    let mut connection = by.connect(database).await?;
    let plan = plan_database(&mut connection, &wanted, Mode::Additive).await?;
    let running = tokio::spawn(async move { plan.apply(&mut connection).await });
    // The default privileges are there, and the table is not yet.
    until(
        &mut other,
        "select count(*) > 0 from pg_catalog.pg_default_acl where defaclobjtype = 'r' \
          and defaclnamespace = 'app'::regnamespace and defaclacl::text like '%_rw=arwd%'",
    )
    .await?;
    run(&mut other, "commit").await?;
    running.await??;
    let mut app = connect_as(layout.app().as_str(), database).await?;
    Ok(run(&mut app, "insert into late values (1)").await?)
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
