//! An administrator without superuser rights, as managed servers have: CREATEROLE and CREATEDB.

use std::time::Duration;

use howdah_ident::RoleName;
use howdah_roles::{
    Depth, Error, Layout, Mode, Passwords, Wanted, lock, unlock, verify_app, verify_read_only,
};
use howdah_secrets::Secret;
use howdah_testkit::connect;

use crate::by::By;
use crate::support::{PASSWORD, Result, connect_as, layout, run, server, unique, wanted};

/// An administrator of that name on the shared server.
async fn administrator(attributes: &str) -> Result<RoleName> {
    let admin: RoleName = unique("admin").parse()?;
    let mut cluster = connect(&server().await?.superuser("postgres".parse()?)).await?;
    let create = format!("create role {admin} login {attributes} password '{PASSWORD}'");
    run(&mut cluster, &create).await?;
    Ok(admin)
}

/// Lays everything out as the administrator, and gives back what was impossible.
async fn lay_out(admin: &RoleName, layout: &Layout) -> Result<Vec<String>> {
    let wanted = Wanted::from(layout);
    let passwords = [layout.app(), layout.read_only(), layout.migrator()]
        .into_iter()
        .fold(Passwords::default(), |all, role| {
            all.with(role, Secret::new(PASSWORD))
        });
    let mut cluster = connect_as(admin.as_str(), "postgres").await?;
    lock(&mut cluster, Duration::from_mins(1)).await?;
    let plan =
        howdah_roles::plan_cluster(&mut cluster, &wanted, &passwords, Mode::Additive).await?;
    plan.apply(&mut cluster).await?;
    let none = Passwords::default();
    let again = howdah_roles::plan_cluster(&mut cluster, &wanted, &none, Mode::Additive).await?;
    assert!(again.is_empty(), "{again}");
    unlock(&mut cluster).await?;
    let mut inside = connect_as(admin.as_str(), layout.database().as_str()).await?;
    let plan = howdah_roles::plan_database(&mut inside, &wanted, Mode::Additive).await?;
    plan.apply(&mut inside).await?;
    let again = howdah_roles::plan_database(&mut inside, &wanted, Mode::Additive).await?;
    assert!(again.is_empty(), "{again}");
    Ok(again.impossible().to_vec())
}

#[tokio::test]
async fn an_administrator_without_superuser_rights_lays_everything_out() -> Result {
    let admin = administrator("createrole createdb").await?;
    let layout = layout("plain", "app")?;
    let impossible = lay_out(&admin, &layout).await?;
    let text = impossible.join("\n");
    assert!(text.contains("large-object routine"), "{text}");
    assert_eq!(
        text.contains("PUBLIC may CREATE, USAGE on schema public"),
        server().await?.major() < 15,
        "{text}"
    );

    let mut migrator = connect_as(layout.migrator().as_str(), layout.database().as_str()).await?;
    let later = include_str!("../data/later.sql");
    run(
        &mut migrator,
        &format!("set role {}; {later}", layout.owner()),
    )
    .await?;
    let mut app = connect_as(layout.app().as_str(), layout.database().as_str()).await?;
    let mut reader = connect_as(layout.read_only().as_str(), layout.database().as_str()).await?;
    if server().await?.major() >= 15 {
        assert_eq!(verify_app(&mut app, &layout, Depth::Rights).await?, []);
        assert_eq!(
            verify_read_only(&mut reader, &layout, Depth::Rights).await?,
            []
        );
    }
    for connection in [&mut app, &mut reader, &mut migrator] {
        run(connection, "reset role").await?;
        let checks = howdah_roles::verify_checklist(connection, &layout).await?;
        let open: Vec<u8> = checks
            .iter()
            .filter(|check| matches!(check.outcome, howdah_roles::Outcome::Fail(_)))
            .map(|check| check.number)
            .collect();
        // What was said to be impossible, and nothing else: on 13 and 14 the schema `public`.
        let public = [5, 20];
        let impossible = |number: &u8| public.contains(number) && text.contains("schema public");
        assert!(open.iter().all(impossible), "{checks:?}");
        // Nobody has closed large objects, so that there is nothing to hold, and nothing is said to hold.
        for check in checks.iter().filter(|check| check.number == 37) {
            let outcome = &check.outcome;
            assert!(
                matches!(outcome, howdah_roles::Outcome::NotApplicable(_)),
                "{check:?}"
            );
        }
    }
    run(&mut app, "insert into with_serial (name) values ('a')").await?;
    run(&mut reader, "select * from with_serial").await?;
    Ok(())
}

#[tokio::test]
async fn afterwards_the_administrator_is_not_the_owner_and_still_gets_in() -> Result {
    let admin = administrator("createrole createdb").await?;
    let layout = layout("after", "app")?;
    lay_out(&admin, &layout).await?;
    let mut connection = connect_as(admin.as_str(), layout.database().as_str()).await?;
    let uses: bool = sqlx::query_scalar("select pg_has_role($1::name, 'usage')")
        .bind(layout.owner().as_str())
        .fetch_one(&mut connection)
        .await?;
    assert!(!uses);
    let text = format!("create table {}.t (id int)", layout.schema());
    let code = crate::support::sqlstate(&mut connection, &text).await?;
    assert_eq!(code.as_deref(), Some("42501"));
    Ok(())
}

#[tokio::test]
async fn a_parameter_that_no_module_has_defined_is_said_to_be_a_superusers() -> Result {
    let by = By::administrator().await?;
    let role = unique("custom");
    let wanted = wanted(serde_json::json!({
        "roles": { &role: { "login": true, "password": "unmanaged", "settings": { "my.own": "x" } } },
    }))?;
    let mut cluster = by.connect("postgres").await?;
    let none = Passwords::default();
    let plan = howdah_roles::plan_cluster(&mut cluster, &wanted, &none, Mode::Additive).await?;
    let error = plan.apply(&mut cluster).await.unwrap_err();
    assert!(error.to_string().contains("SUPERUSER for"), "{error}");
    Ok(())
}

#[tokio::test]
async fn every_right_that_is_missing_is_named_before_anything_is_changed() -> Result {
    let nobody = administrator("").await?;
    let layout = layout("nobody", "app")?;
    let mut cluster = connect_as(nobody.as_str(), "postgres").await?;
    let none = Passwords::default();
    let wanted = Wanted::from(&layout);
    let plan = howdah_roles::plan_cluster(&mut cluster, &wanted, &none, Mode::Additive).await?;
    let error = plan.apply(&mut cluster).await.unwrap_err();
    let Error::Lacking { lacking } = &error else {
        panic!("{error}");
    };
    let text = lacking.join("\n");
    for right in [
        "CREATEROLE for",
        "CREATEDB for",
        "ADMIN OPTION of",
        "membership of",
    ] {
        assert!(text.contains(right), "{right} is missing in {text}");
    }
    let made: i64 =
        sqlx::query_scalar("select count(*) from pg_catalog.pg_roles where rolname = any ($1)")
            .bind(vec![layout.owner().as_str(), layout.app().as_str()])
            .fetch_one(&mut cluster)
            .await?;
    assert_eq!(made, 0);
    Ok(())
}

/// As Amazon RDS with `rds.restrict_password_commands`, and as the extension credcheck.
#[tokio::test]
async fn a_servers_own_rules_for_passwords_are_named_before_anything_is_changed() -> Result {
    let mut superuser = By::Superuser.connect("postgres").await?;
    let make = "do $$ begin create role rds_password; exception when duplicate_object or unique_violation then null; end $$";
    run(&mut superuser, make).await?;
    let role = unique("restricted");
    let wanted = wanted(
        serde_json::json!({ "roles": { &role: { "login": true, "valid_until": "2999-01-01" } } }),
    )?;
    let passwords = crate::support::passwords(&[&role])?;
    for (setting, expected) in [
        (
            "rds.restrict_password_commands = on",
            "in role \"rds_password\"",
        ),
        (
            "credcheck.encrypted_password_allowed = off",
            "credcheck.encrypted_password_allowed = on",
        ),
    ] {
        let by = By::administrator().await?;
        let admin = by.name();
        run(&mut superuser, &format!("alter role {admin} set {setting}")).await?;
        let mut cluster = by.connect("postgres").await?;
        let plan =
            howdah_roles::plan_cluster(&mut cluster, &wanted, &passwords, Mode::Additive).await?;
        assert_eq!(plan.lacking().len(), 1, "{plan}");
        let error = plan.apply(&mut cluster).await.unwrap_err().to_string();
        assert!(
            error.contains("nothing was changed") && error.contains(expected),
            "{error}"
        );
        let there: bool = sqlx::query_scalar(
            "select exists (select from pg_catalog.pg_roles where rolname = $1)",
        )
        .bind(&role)
        .fetch_one(&mut cluster)
        .await?;
        assert!(!there);
        // Without a password there is nothing to ask for; its end is Amazon's to restrict.
        let none = Passwords::default();
        let unmanaged = crate::support::wanted(
            serde_json::json!({ "roles": { &role: { "login": true, "password": "unmanaged" } } }),
        )?;
        let plan =
            howdah_roles::plan_cluster(&mut cluster, &unmanaged, &none, Mode::Additive).await?;
        assert!(plan.lacking().is_empty(), "{plan}");
    }
    let by = By::administrator().await?;
    let admin = by.name();
    let member = format!(
        "alter role {admin} set rds.restrict_password_commands = on; grant rds_password to {admin}"
    );
    run(&mut superuser, &member).await?;
    let mut cluster = by.connect("postgres").await?;
    let plan =
        howdah_roles::plan_cluster(&mut cluster, &wanted, &passwords, Mode::Additive).await?;
    assert!(plan.lacking().is_empty(), "{plan}");
    Ok(())
}
