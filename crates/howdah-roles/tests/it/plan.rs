use std::time::Duration;

use howdah_roles::{Passwords, lock, unlock};
use howdah_testkit::connect;
use howdah_testkit::{As, TestDatabase};

use crate::support::{Result, database, plan_cluster, plan_database, run, server, sqlstate};

fn passwords(database: &TestDatabase) -> Passwords {
    let layout = database.layout();
    [layout.migrator(), layout.app(), layout.read_only()]
        .into_iter()
        .fold(Passwords::default(), |all, role| {
            all.with(role, database.password().clone())
        })
}

/// A database whose passwords are stored as a service's would be. The kit's own verifiers have one iteration, which is
/// fast, and which a plan replaces.
async fn with_strong_passwords() -> Result<TestDatabase> {
    let database = TestDatabase::with_roles(server().await?).await?;
    let mut cluster = connect(&server().await?.superuser("postgres".parse()?)).await?;
    let plan = plan_cluster(&mut cluster, database.layout(), &passwords(&database)).await?;
    plan.apply(&mut cluster).await?;
    Ok(database)
}

#[tokio::test]
async fn a_second_plan_is_empty() -> Result {
    let database = with_strong_passwords().await?;
    let mut cluster = connect(&server().await?.superuser("postgres".parse()?)).await?;
    let plan = plan_cluster(&mut cluster, database.layout(), &passwords(&database)).await?;
    assert_eq!((plan.len(), plan.drift()), (0, &[][..]), "{plan}");
    let mut superuser = database.connect(As::Superuser).await?;
    let plan = plan_database(&mut superuser, database.layout()).await?;
    assert_eq!(plan.to_string(), "nothing to change\n");
    Ok(())
}

#[tokio::test]
async fn the_owner_and_the_groups_cannot_log_in_and_nobody_has_an_attribute() -> Result {
    let database = TestDatabase::with_roles(server().await?).await?;
    let layout = database.layout();
    let mut superuser = database.connect(As::Superuser).await?;
    for role in [
        layout.owner(),
        layout.read_write_group(),
        layout.read_only_group(),
    ] {
        let (login, password): (bool, Option<String>) = sqlx::query_as(
            "select rolcanlogin, rolpassword from pg_catalog.pg_authid where rolname = $1",
        )
        .bind(role.as_str())
        .fetch_one(&mut superuser)
        .await?;
        assert_eq!((login, password), (false, None), "{role}");
    }
    for role in [
        layout.owner(),
        layout.migrator(),
        layout.app(),
        layout.read_only(),
    ] {
        let attributes: bool = sqlx::query_scalar(
            "select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls \
             from pg_catalog.pg_roles where rolname = $1",
        )
        .bind(role.as_str())
        .fetch_one(&mut superuser)
        .await?;
        assert!(!attributes, "{role}");
    }
    Ok(())
}

#[tokio::test]
async fn the_migrator_makes_nothing_without_becoming_the_owner() -> Result {
    let database = TestDatabase::with_roles(server().await?).await?;
    let mut migrator = database.connect(As::Migrator).await?;
    let code = sqlstate(&mut migrator, "create table app.t (id int)").await?;
    assert_eq!(code.as_deref(), Some("42501"));
    let as_owner = format!(
        "set local role {}; create table app.t (id int)",
        database.layout().owner()
    );
    assert_eq!(sqlstate(&mut migrator, &as_owner).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_role_of_another_database_cannot_connect() -> Result {
    let (one, other) = (database().await?, database().await?);
    let login = one
        .login(As::App)
        .with_database(other.layout().database().clone());
    let error = connect(&login).await.map(drop).unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("42501"), "{error}");
    Ok(())
}

#[tokio::test]
async fn tables_that_were_there_before_the_roles_are_granted_too() -> Result {
    let database = database().await?;
    let layout = database.layout();
    let mut superuser = database.connect(As::Superuser).await?;
    let before = format!(
        "revoke all on all tables in schema app from {group}; revoke all on all sequences in schema app from {group}",
        group = layout.read_write_group()
    );
    run(&mut superuser, &before).await?;
    let plan = plan_database(&mut superuser, layout).await?;
    assert_eq!(plan.len(), 3, "{plan}");
    plan.apply(&mut superuser).await?;
    assert!(plan_database(&mut superuser, layout).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn several_runs_at_once_all_succeed() -> Result {
    let database = with_strong_passwords().await?;
    let login = server().await?.superuser("postgres".parse()?);
    let runs = (0..4_u8).map(|_| {
        let (login, layout, passwords) = (
            login.clone(),
            database.layout().clone(),
            passwords(&database),
        );
        tokio::spawn(async move {
            let mut cluster = connect(&login).await.map_err(|error| error.to_string())?;
            let text = |error: howdah_roles::Error| error.to_string();
            lock(&mut cluster, Duration::from_secs(30))
                .await
                .map_err(text)?;
            let change = format!("alter role {} nologin", layout.app());
            run(&mut cluster, &change)
                .await
                .map_err(|error| error.to_string())?;
            let plan = plan_cluster(&mut cluster, &layout, &passwords)
                .await
                .map_err(text)?;
            plan.apply(&mut cluster).await.map_err(text)?;
            unlock(&mut cluster).await.map_err(text)?;
            Ok::<usize, String>(plan.len())
        })
    });
    for run in runs.collect::<Vec<_>>() {
        assert_eq!(run.await??, 1);
    }
    Ok(())
}

#[tokio::test]
async fn the_schema_public_can_be_the_layouts_own() -> Result {
    let database = TestDatabase::with_roles(server().await?).await?;
    let layout = database.layout();
    let names = howdah_roles::Names {
        owner: layout.owner().clone(),
        migrator: layout.migrator().clone(),
        app: layout.app().clone(),
        read_only: layout.read_only().clone(),
    };
    let public = howdah_roles::Layout::new(layout.database().clone(), "public".parse()?, names)?;
    let mut superuser = database.connect(As::Superuser).await?;
    plan_database(&mut superuser, &public)
        .await?
        .apply(&mut superuser)
        .await?;
    let left = plan_database(&mut superuser, &public).await?;
    assert!(left.is_empty(), "{left}");
    let mut app = database.connect(As::App).await?;
    assert!(
        howdah_roles::verify_app(&mut app, &public, howdah_roles::Depth::Attempts)
            .await?
            .is_empty()
    );
    Ok(())
}

#[tokio::test]
async fn names_that_need_quotes_are_handled() -> Result {
    let server = server().await?;
    let mut cluster = connect(&server.superuser("postgres".parse()?)).await?;
    let id = std::process::id();
    let name = |part: &str| format!("we\"ird; drop-- {part} {id}");
    let names = howdah_roles::Names {
        owner: name("o").parse()?,
        migrator: name("m").parse()?,
        app: name("A").parse()?,
        read_only: name("r").parse()?,
    };
    let layout = howdah_roles::Layout::new(name("db").parse()?, "We\"ird".parse()?, names)?;
    lock(&mut cluster, Duration::from_secs(30)).await?;
    let plan = plan_cluster(&mut cluster, &layout, &Passwords::default()).await?;
    plan.apply(&mut cluster).await?;
    let again = plan_cluster(&mut cluster, &layout, &Passwords::default()).await?;
    unlock(&mut cluster).await?;
    let mut superuser = connect(&server.superuser(layout.database().clone())).await?;
    plan_database(&mut superuser, &layout)
        .await?
        .apply(&mut superuser)
        .await?;
    let again_inside = plan_database(&mut superuser, &layout).await?;
    drop(superuser);
    run(
        &mut cluster,
        &format!("drop database {} with (force)", layout.database()),
    )
    .await?;
    assert!(
        again.is_empty() && again_inside.is_empty(),
        "{again}{again_inside}"
    );
    Ok(())
}
