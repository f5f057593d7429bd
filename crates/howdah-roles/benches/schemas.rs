//! Roles in a thousand schemas of twenty tables: `cargo xtask bench roles` runs this and knows the targets.
//!
//! Prints a line of JSON for each case; `schemas ROUNDS`.

use std::error::Error;
use std::time::Instant;

use howdah_roles::{Manifest, Mode, Passwords, Wanted, plan_cluster, plan_database};
use howdah_secrets::Secret;
use howdah_testkit::{TestServer, connect};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, raw_sql};

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SCHEMAS: usize = 1000;
const TABLES: usize = 20;
/// A transaction may hold so many locks.
const AT_ONCE: usize = 20;

#[tokio::main]
async fn main() -> Result {
    // Cargo hands `--bench` to every benchmark.
    let rounds = std::env::args().skip(1).find_map(|it| it.parse().ok());
    let rounds: usize = rounds.unwrap_or(3);
    let server = TestServer::shared().await?;
    let name = format!("bench_roles_{}", std::process::id());
    let wanted = wanted(&name)?;
    let mut cluster = connect(&server.superuser("postgres".parse()?)).await?;
    let app = format!("{name}_a").parse()?;
    let passwords = Passwords::default().with(&app, Secret::new("of-a-benchmark-alone"));
    let plan = plan_cluster(&mut cluster, &wanted, &passwords, Mode::Enforce).await?;
    plan.apply(&mut cluster).await?;
    let mut conn = connect(&server.superuser(name.parse()?)).await?;
    let measured = measure(&mut conn, &wanted, &name, rounds).await;
    drop(conn);
    let gone = format!("drop database {name} with (force)");
    run(&mut cluster, gone).await?;
    for role in ["o", "t", "a"] {
        run(&mut cluster, format!("drop role {name}_{role}")).await?;
    }
    measured
}

async fn measure(conn: &mut PgConnection, wanted: &Wanted, name: &str, rounds: usize) -> Result {
    plan_database(conn, wanted, Mode::Enforce)
        .await?
        .apply(conn)
        .await?;
    run(conn, "set statement_timeout = 0".to_owned()).await?;
    make(conn, name).await?;
    let (mut planned, mut applied) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begun = Instant::now();
        let plan = plan_database(conn, wanted, Mode::Enforce).await?;
        planned.push(begun.elapsed().as_secs_f64() * 1e3);
        if !plan.is_empty() {
            return Err(format!("nothing should be left to do: {plan}").into());
        }
        plan.apply(conn).await?;
        applied.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    print("plan", &planned);
    print("apply-nothing", &applied);
    take_back(conn, name).await?;
    let begun = Instant::now();
    let plan = plan_database(conn, wanted, Mode::Enforce).await?;
    print("plan-all", &[begun.elapsed().as_secs_f64() * 1e3]);
    let begun = Instant::now();
    plan.apply(conn).await?;
    print("apply-all", &[begun.elapsed().as_secs_f64() * 1e3]);
    Ok(())
}

/// A service whose tenants have a schema each.
fn wanted(name: &str) -> Result<Wanted> {
    let role = |part: &str| format!("{name}_{part}");
    let (owner, tenants, app) = (role("o"), role("t"), role("a"));
    let manifest: Manifest = serde_json::from_value(json!({
        "roles": { &owner: {}, &tenants: {}, &app: { "login": true } },
        "databases": { name: {
            "owner": &owner,
            "grants": { &tenants: ["create"], &app: ["connect"] },
            "schemas": { "tenant_*": { "owner": &tenants, "access": { &app: "write" } } },
        } },
    }))?;
    Ok(Wanted::try_from(&manifest)?)
}

async fn make(conn: &mut PgConnection, name: &str) -> Result {
    for first in (0..SCHEMAS).step_by(AT_ONCE) {
        let last = first + AT_ONCE - 1;
        let sql = format!(
            "set role {name}_t;
             do $$ begin
               for s in {first}..{last} loop
                 execute format('create schema tenant_%s', s);
                 for t in 1..{TABLES} loop
                   execute format('create table tenant_%s.t%s (id serial primary key, name text)', s, t);
                 end loop;
               end loop;
             end $$;
             reset role"
        );
        run(conn, sql).await?;
    }
    Ok(())
}

async fn take_back(conn: &mut PgConnection, name: &str) -> Result {
    let last = SCHEMAS - 1;
    let sql = format!(
        "do $$ begin
           for s in 0..{last} loop
             execute format('revoke all on all tables in schema tenant_%s from {name}_a', s);
           end loop;
         end $$"
    );
    run(conn, sql).await
}

async fn run(conn: &mut PgConnection, sql: String) -> Result {
    conn.execute(raw_sql(AssertSqlSafe(sql))).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "that is what it is for")]
fn print(name: &str, times: &[f64]) {
    println!("{}", json!({ "name": name, "ms": times }));
}
