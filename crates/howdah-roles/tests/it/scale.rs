//! Many schemas.

use std::time::Instant;

use howdah_roles::Mode;
use serde_json::json;

use crate::support::{Result, apply, passwords, run, server, unique, wanted};

#[tokio::test]
#[ignore = "takes minutes: a thousand schemas of twenty tables"]
async fn a_thousand_schemas_of_twenty_tables_are_planned_in_two_seconds() -> Result {
    let d = unique("scale");
    let role = |part: &str| format!("{d}_{part}");
    let (owner, tenants, app) = (role("o"), role("t"), role("a"));
    let wanted = wanted(json!({
        "roles": { &owner: {}, &tenants: {}, &app: { "login": true } },
        "databases": { &d: {
            "owner": &owner,
            "grants": { &tenants: ["create"], &app: ["connect"] },
            "schemas": { "tenant_*": { "owner": &tenants, "access": { &app: "write" } } },
        } },
    }))?;
    apply(&wanted, &d, &passwords(&[&app])?, Mode::Enforce).await?;
    let mut superuser = howdah_testkit::connect(&server().await?.superuser(d.parse()?)).await?;
    run(&mut superuser, "set statement_timeout = 0").await?;
    for batch in 0..50 {
        let make = format!(
            "set role {tenants}; do $$ begin for s in {}..{} loop execute format('create schema tenant_%s', s); \
             for t in 1..20 loop execute format('create table tenant_%s.t%s (id serial primary key, name text)', s, t); end loop; \
             end loop; end $$; reset role",
            batch * 20,
            batch * 20 + 19,
        );
        run(&mut superuser, &make).await?;
    }
    for _ in 0..3 {
        let begin = Instant::now();
        let plan = howdah_roles::plan_database(&mut superuser, &wanted, Mode::Enforce).await?;
        let nothing = begin.elapsed();
        assert!(plan.is_empty(), "{plan}");
        println!("plan of nothing: {nothing:?}");
    }
    run(&mut superuser, &format!("do $$ begin for s in 0..999 loop execute format('revoke all on all tables in schema tenant_%s from {app}', s); end loop; end $$")).await?;
    let begin = Instant::now();
    let plan = howdah_roles::plan_database(&mut superuser, &wanted, Mode::Enforce).await?;
    println!(
        "plan of 20 000 tables: {:?}, {} changes",
        begin.elapsed(),
        plan.len()
    );
    let begin = Instant::now();
    plan.apply(&mut superuser).await?;
    println!("apply: {:?}", begin.elapsed());
    Ok(())
}
