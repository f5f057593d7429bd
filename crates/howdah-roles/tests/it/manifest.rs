//! What goes beyond the preset.

use howdah_roles::{Manifest, Mode, Passwords, Wanted};
use howdah_secrets::Secret;
use serde_json::json;

use crate::by::By;
use crate::support::{
    PASSWORD, Result, apply, connect_as, passwords, run, server, sqlstate, unique, wanted,
};

#[tokio::test]
async fn a_second_application_has_a_schema_and_roles_of_its_own() -> Result {
    let d = unique("two");
    let role = |part: &str| format!("{d} {part}\"x");
    let (o1, g1, a1) = (role("o1"), role("g1"), role("a1"));
    let (o2, g2, a2) = (role("o2"), role("g2"), role("a2"));
    let wanted = wanted(json!({
        "roles": {
            &o1: {}, &g1: {}, &o2: {}, &g2: {},
            &a1: { "login": true, "member_of": { &g1: {} }, "settings_in": { &d: { "search_path": ["one", "pg_temp"] } } },
            &a2: { "login": true, "member_of": { &g2: {} }, "settings": { "work_mem": "7MB" },
                   "settings_in": { &d: { "search_path": "\"Two\", pg_temp", "application_name": "it's \"two\"" } } },
        },
        "databases": { &d: {
            "owner": &o1,
            "grants": { &g1: ["connect"], &g2: ["connect", "temporary"] },
            "extensions": { "citext": "one" },
            "schemas": {
                "one": { "owner": &o1, "access": { &g1: "write" } },
                "Two": { "owner": &o2, "access": { &g2: "write", &g1: { "schema": ["usage"], "tables": ["select"] } } },
            },
        } },
    }))?;
    apply(&wanted, &d, &passwords(&[&a1, &a2])?, Mode::Enforce).await?;

    let mut superuser = howdah_testkit::connect(&server().await?.superuser(d.parse()?)).await?;
    let make = format!(
        "set role \"{}\"; create table one.t (id serial primary key, name one.citext); \
         set role \"{}\"; create table \"Two\".t (id int generated always as identity, name text)",
        o1.replace('"', "\"\""),
        o2.replace('"', "\"\"")
    );
    run(&mut superuser, &make).await?;
    let mut first = connect_as(&a1, &d).await?;
    let mut second = connect_as(&a2, &d).await?;
    run(
        &mut first,
        "insert into t (name) values ('a'); select * from \"Two\".t",
    )
    .await?;
    run(
        &mut second,
        "insert into t (name) values ('b'); create temporary table x ()",
    )
    .await?;
    for (connection, denied) in [
        (&mut first, "insert into \"Two\".t (name) values ('a')"),
        (&mut second, "select * from one.t"),
    ] {
        assert_eq!(
            sqlstate(connection, denied).await?.as_deref(),
            Some("42501"),
            "{denied}"
        );
    }
    let settings: (String, String, String) = sqlx::query_as(
        "select current_setting('work_mem'), current_user::text, current_setting('search_path')",
    )
    .fetch_one(&mut second)
    .await?;
    assert_eq!(settings.0, "7MB");
    assert_eq!(settings.2, "\"Two\", pg_temp");
    Ok(())
}

#[tokio::test]
async fn a_new_tenant_is_usable_at_once_by_its_own_roles_and_nobody_elses() -> Result {
    let d = unique("tenants");
    let role = |part: &str| format!("{d}_{part}");
    let tenant = |name: &str| {
        let owner = role(&format!("{name}_o"));
        json!({ "owner": owner, "access": { role(&format!("{name}_a")): "write", role(&format!("{name}_r")): "read" } })
    };
    let wanted = wanted(json!({
        "roles": {
            role("o"): {},
            role("acme_o"): {}, role("other_o"): {},
            role("acme_a"): { "login": true }, role("acme_r"): { "login": true },
            role("other_a"): { "login": true }, role("other_r"): { "login": true },
        },
        "databases": { &d: {
            "owner": role("o"),
            "grants": {
                role("acme_o"): ["create"], role("other_o"): ["create"],
                role("acme_a"): ["connect"], role("acme_r"): ["connect"],
                role("other_a"): ["connect"], role("other_r"): ["connect"],
            },
            "schemas": { "acme_*": tenant("acme"), "other_*": tenant("other") },
        } },
    }))?;
    let logins = [
        role("acme_a"),
        role("acme_r"),
        role("other_a"),
        role("other_r"),
    ];
    let logins: Vec<&str> = logins.iter().map(String::as_str).collect();
    apply(&wanted, &d, &passwords(&logins)?, Mode::Enforce).await?;

    let mut superuser = howdah_testkit::connect(&server().await?.superuser(d.parse()?)).await?;
    let make = format!(
        "set role {}; create schema acme_shop; create table acme_shop.t (id serial, name text); \
         create function acme_shop.one() returns int language sql as 'select 1'",
        role("acme_o")
    );
    run(&mut superuser, &make).await?;
    let mut app = connect_as(&role("acme_a"), &d).await?;
    run(
        &mut app,
        "insert into acme_shop.t (name) values ('a'); select acme_shop.one()",
    )
    .await?;
    let mut reader = connect_as(&role("acme_r"), &d).await?;
    run(&mut reader, "select * from acme_shop.t").await?;
    let write = sqlstate(&mut reader, "delete from acme_shop.t").await?;
    assert_eq!(write.as_deref(), Some("42501"));
    for stranger in ["other_a", "other_r"] {
        let mut stranger = connect_as(&role(stranger), &d).await?;
        let read = sqlstate(&mut stranger, "select * from acme_shop.t").await?;
        assert_eq!(read.as_deref(), Some("42501"));
    }
    // A default privilege cannot tell which functions write, so that the reader gets them with the next plan.
    run(&mut superuser, "reset role").await?;
    let plan = howdah_roles::plan_database(&mut superuser, &wanted, Mode::Enforce).await?;
    let reader = role("acme_r");
    let expected = format!("+ {reader} may EXECUTE on routine acme_shop.one()\n");
    assert_eq!(plan.to_string(), expected);
    Ok(())
}

#[tokio::test]
async fn limits_and_ends_hold_at_the_next_login() -> Result {
    let d = unique("limits");
    let role = |part: &str| format!("{d}_{part}");
    let (owner, few, past) = (role("o"), role("few"), role("past"));
    let wanted = wanted(json!({
        "roles": {
            &owner: {},
            &few: { "login": true, "connection_limit": 1, "valid_until": "2999-12-31T23:59:59+02:00" },
            &past: { "login": true, "valid_until": "2020-01-01" },
        },
        "databases": { &d: { "owner": &owner, "grants": { &few: ["connect"], &past: ["connect"] } } },
    }))?;
    apply(&wanted, &d, &passwords(&[&few, &past])?, Mode::Additive).await?;
    let only = connect_as(&few, &d).await?;
    let second = connect_as(&few, &d)
        .await
        .map(drop)
        .unwrap_err()
        .to_string();
    assert!(second.contains("no free connection slot"), "{second}");
    drop(only);
    let ended = server().await?.superuser(d.parse()?);
    let ended = ended.with_user(past.parse()?, Secret::new(PASSWORD));
    let ended = howdah_testkit::connect(&ended).await.unwrap_err();
    assert_eq!(ended.sqlstate().as_deref(), Some("28P01"));
    let mut cluster =
        howdah_testkit::connect(&server().await?.superuser("postgres".parse()?)).await?;
    let none = Passwords::default();
    let plan = howdah_roles::plan_cluster(&mut cluster, &wanted, &none, Mode::Additive).await?;
    assert!(
        plan.warnings()
            .iter()
            .any(|line| line.contains("ended at 2020-01-01T00:00:00Z")),
        "{plan}"
    );
    Ok(())
}

#[tokio::test]
async fn a_setting_that_the_server_does_not_know_is_refused_before_anything_is_made() -> Result {
    let d = unique("unknown");
    let wanted = wanted(json!({
        "roles": { &d: { "login": true, "settings": { "statment_timeout": "30s", "my.own": "x" } } },
    }))?;
    let mut cluster =
        howdah_testkit::connect(&server().await?.superuser("postgres".parse()?)).await?;
    let plan =
        howdah_roles::plan_cluster(&mut cluster, &wanted, &passwords(&[&d])?, Mode::Additive)
            .await?;
    let error = plan.apply(&mut cluster).await.unwrap_err().to_string();
    assert!(
        error.contains("statment_timeout") && !error.contains("my.own"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn a_connection_to_another_database_is_refused() -> Result {
    let d = unique("elsewhere");
    let wanted = wanted(json!({ "roles": { &d: {} }, "databases": { &d: { "owner": &d } } }))?;
    let mut cluster =
        howdah_testkit::connect(&server().await?.superuser("postgres".parse()?)).await?;
    let error = howdah_roles::plan_database(&mut cluster, &wanted, Mode::Additive)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("database \"postgres\""),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_there_is_written_down_so_that_its_plan_is_empty() -> Result {
    let database = crate::support::database().await?;
    let mut superuser = database.connect(howdah_testkit::As::Superuser).await?;
    crate::support::plan_database(&mut superuser, database.layout())
        .await?
        .apply(&mut superuser)
        .await?;
    run(
        &mut superuser,
        "create extension citext schema app; create schema \"Emp ty\"",
    )
    .await?;
    let app = database.layout().app();
    let name = database.name();
    run(
        &mut superuser,
        &format!("grant connect on database {name} to {app}"),
    )
    .await?;
    let manifest = Manifest::adopt(&mut superuser).await?;
    let text = serde_json::to_string_pretty(&manifest)?;
    let mut again: serde_json::Value = serde_json::from_str(&text)?;
    // A superuser's schema is written down as it is, and refused.
    let refused = wanted(again.clone()).unwrap_err().to_string();
    assert!(
        refused.contains("Emp ty.owner") && refused.contains("can log in"),
        "{refused}"
    );
    again["databases"][name.as_str()]["schemas"]["Emp ty"]["owner"] =
        json!(database.layout().owner().as_str());
    run(
        &mut superuser,
        &format!(
            "alter schema \"Emp ty\" owner to {}",
            database.layout().owner()
        ),
    )
    .await?;
    again["roles"].as_object_mut().unwrap().remove("postgres");
    let wanted = wanted(again)?;
    let inside = howdah_roles::plan_database(&mut superuser, &wanted, Mode::Enforce).await?;
    assert_eq!(inside.to_string(), "nothing to change\n", "{text}");
    let mut cluster =
        howdah_testkit::connect(&server().await?.superuser("postgres".parse()?)).await?;
    let none = Passwords::default();
    let outside = howdah_roles::plan_cluster(&mut cluster, &wanted, &none, Mode::Additive).await?;
    assert!(outside.is_empty(), "{outside}\n{text}");
    Ok(())
}

#[tokio::test]
async fn an_administrator_writes_down_what_it_made_so_that_its_plan_is_empty() -> Result {
    let by = By::administrator().await?;
    let layout = by.lay_out("adopted", Mode::Enforce).await?;
    let (database, none) = (layout.database().as_str(), Passwords::default());
    let own = Wanted::from(&layout);
    by.apply(&own, database, &none, Mode::Enforce).await?;
    let mut inside = by.connect(database).await?;
    let manifest = Manifest::adopt(&mut inside).await?;
    let text = serde_json::to_string_pretty(&manifest)?;
    let adopted = Wanted::try_from(&manifest)?;
    let plan = howdah_roles::plan_database(&mut inside, &adopted, Mode::Enforce).await?;
    assert!(plan.is_empty(), "{plan}\n{text}");
    let mut cluster = by.connect("postgres").await?;
    let plan = howdah_roles::plan_cluster(&mut cluster, &adopted, &none, Mode::Enforce).await?;
    assert!(
        plan.is_empty() && plan.lacking().is_empty(),
        "{plan}\n{text}"
    );
    for role in [
        layout.owner(),
        layout.app(),
        layout.read_only(),
        layout.migrator(),
    ] {
        assert!(text.contains(role.as_str()), "{role} is missing in\n{text}");
    }
    Ok(())
}

#[tokio::test]
async fn an_extension_is_made_in_a_schema_of_another_owner() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let d = unique("ext");
        let (o1, o2) = (format!("{d}_o1"), format!("{d}_o2"));
        let wanted = wanted(json!({
            "roles": { &o1: {}, &o2: {} },
            "databases": { &d: {
                "owner": &o1,
                "extensions": { "citext": "two", "uuid-ossp": "two" },
                "schemas": { "two": { "owner": &o2 } },
            } },
        }))?;
        by.apply(&wanted, &d, &Passwords::default(), Mode::Enforce)
            .await?;
        let mut superuser = By::Superuser.connect(&d).await?;
        run(
            &mut superuser,
            "select 'a'::two.citext, two.uuid_generate_v4()",
        )
        .await?;
    }
    Ok(())
}

/// What is changed is named with its schema, and an extension without one goes where the owner's search path says.
#[tokio::test]
async fn an_extension_without_a_schema_is_not_among_the_servers_own_functions() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let d = unique("ext");
        let o = format!("{d}_o");
        let wanted = wanted(json!({
            "roles": { &o: {} },
            "databases": { &d: { "owner": &o, "extensions": { "citext": null } } },
        }))?;
        let none = Passwords::default();
        by.apply(&wanted, &d, &none, Mode::Additive).await?;
        let mut superuser = By::Superuser.connect(&d).await?;
        let schema: String = sqlx::query_scalar(
            "select extnamespace::regnamespace::text from pg_catalog.pg_extension where extname = 'citext'",
        )
        .fetch_one(&mut superuser)
        .await?;
        assert_eq!(schema, "public");
    }
    Ok(())
}
