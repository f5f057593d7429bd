//! The checklist, as each role itself.

use howdah_roles::{Check, Layout, Mode, Outcome, Wanted, verify_checklist};
use howdah_testkit::{As, connect};
use sqlx::postgres::PgConnection;

use crate::support::{Result, database, plan_database, run, server};

/// The checks that failed, as `number: why`.
fn failed(checks: &[Check]) -> Vec<String> {
    let why = |check: &Check| match &check.outcome {
        Outcome::Fail(why) => Some(format!("{}: {} ({why})", check.number, check.what)),
        _ => None,
    };
    checks.iter().filter_map(why).collect()
}

async fn by(connection: &mut PgConnection, layout: &Layout) -> Result<Vec<Check>> {
    Ok(verify_checklist(connection, layout).await?)
}

#[tokio::test]
async fn every_check_passes_for_each_role_of_a_sound_database() -> Result {
    let database = database().await?;
    let mut superuser = database.connect(As::Superuser).await?;
    plan_database(&mut superuser, database.layout())
        .await?
        .apply(&mut superuser)
        .await?;
    for (role, least) in [(As::App, 30), (As::ReadOnly, 30), (As::Migrator, 14)] {
        let mut connection = database.connect(role).await?;
        let checks = by(&mut connection, database.layout()).await?;
        assert_eq!(failed(&checks), Vec::<String>::new(), "{role:?}");
        let passed = checks
            .iter()
            .filter(|check| check.outcome == Outcome::Pass)
            .count();
        assert!(
            passed >= least,
            "{role:?}: only {passed} of {} apply",
            checks.len()
        );
    }
    Ok(())
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn whatever_is_wrong_fails_the_check_that_is_there_for_it() -> Result {
    let database = database().await?;
    let layout = database.layout();
    let (app, reader, owner) = (layout.app(), layout.read_only(), layout.owner());
    let (group, migrator) = (layout.read_write_group(), layout.migrator());
    let name = layout.database();
    let cases = [
        (
            As::App,
            5,
            format!("grant temporary on database {name} to public"),
        ),
        (
            As::App,
            10,
            format!("revoke delete on all tables in schema app from {group}"),
        ),
        (
            As::App,
            11,
            format!(
                "alter default privileges for role {owner} in schema app revoke insert on tables from {group}"
            ),
        ),
        (
            As::App,
            15,
            format!("revoke execute on function app.next_code() from {group}"),
        ),
        (
            As::App,
            17,
            format!("revoke select on all tables in schema app from {group}"),
        ),
        (As::App, 19, format!("grant create on schema app to {app}")),
        (
            As::App,
            20,
            format!("grant usage, create on schema public to {app}"),
        ),
        (
            As::App,
            21,
            format!("grant create on database {name} to {app}"),
        ),
        (
            As::App,
            22,
            format!("grant temporary on database {name} to {app}"),
        ),
        (
            As::App,
            24,
            format!("grant truncate on all tables in schema app to {app}"),
        ),
        (
            As::App,
            25,
            format!("grant trigger on all tables in schema app to {app}"),
        ),
        (
            As::App,
            33,
            format!("grant select on all tables in schema app to {app} with grant option"),
        ),
        (
            As::App,
            35,
            format!(
                "create schema other; create table other.t (); grant usage on schema other to {app}; grant select on other.t to {app}"
            ),
        ),
        (
            As::App,
            37,
            "grant execute on function pg_catalog.lo_create(oid) to public".to_owned(),
        ),
        (As::App, 49, "create table app.foreign_one ()".to_owned()),
        (
            As::App,
            53,
            format!(
                "alter default privileges for role {owner} grant execute on functions to public"
            ),
        ),
        (
            As::ReadOnly,
            30,
            format!("grant execute on function pg_catalog.pg_read_file(text) to {reader}"),
        ),
        (
            As::ReadOnly,
            39,
            format!(
                "alter default privileges for role {owner} in schema app revoke all on tables from {}",
                layout.read_only_group()
            ),
        ),
        (
            As::ReadOnly,
            40,
            format!("grant delete on all tables in schema app to {reader}"),
        ),
        (
            As::ReadOnly,
            45,
            format!("grant delete on all tables in schema app to {reader}"),
        ),
        (
            As::Migrator,
            47,
            format!("grant usage, create on schema app to {migrator}"),
        ),
    ];
    let mut superuser = database.connect(As::Superuser).await?;
    for (role, number, change) in cases {
        run(&mut superuser, &change).await?;
        let mut connection = database.connect(role).await?;
        let checks = by(&mut connection, layout).await?;
        let failed = failed(&checks);
        let expected = format!("{number}: ");
        assert!(
            failed.iter().any(|line| line.starts_with(&expected)),
            "{change}: {failed:?}"
        );
        let wanted = Wanted::from(layout);
        let mend = howdah_roles::plan_database(&mut superuser, &wanted, Mode::Enforce).await?;
        mend.apply(&mut superuser).await?;
    }
    Ok(())
}

#[tokio::test]
async fn nobody_else_is_verified() -> Result {
    let database = database().await?;
    let login = server().await?.superuser(database.name().clone());
    let mut superuser = connect(&login).await?;
    let error = verify_checklist(&mut superuser, database.layout())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("only the app"), "{error}");
    Ok(())
}
