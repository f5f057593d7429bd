//! Policies are not ours to manage; what they do to the logins, and what gets around them, is.

use howdah_roles::{Layout, Mode, Wanted, plan_database};
use sqlx::postgres::PgConnection;

use crate::by::By;
use crate::support::{Result, connect_as, run, server};

/// A table of two tenants, on which everybody sees the rows of the tenant that he says he is.
const TENANTS: &str = "create table app.orders (tenant text not null);
    insert into app.orders values ('one'), ('one'), ('two');
    alter table app.orders enable row level security;
    create policy own on app.orders using (tenant = current_setting('app.tenant', true));
    create view app.all_orders as select * from app.orders";

async fn furnished(by: &By) -> Result<Layout> {
    let layout = by.lay_out("rls", Mode::Additive).await?;
    let mut migrator = connect_as(layout.migrator().as_str(), layout.database().as_str()).await?;
    let asking = "; create view app.asking with (security_invoker) as select * from app.orders";
    let newer = if server().await?.major() >= 15 {
        asking
    } else {
        ""
    };
    let make = format!("set role {}; {TENANTS}{newer}", layout.owner());
    run(&mut migrator, &make).await?;
    Ok(layout)
}

async fn rows(connection: &mut PgConnection, relation: &str) -> Result<i64> {
    let count = format!("select count(*) from app.{relation}");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(count))
        .fetch_one(connection)
        .await?)
}

/// Item 74.
#[tokio::test]
async fn a_tenant_sees_its_own_rows_and_a_view_that_shows_all_is_warned_of() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let layout = furnished(&by).await?;
        let database = layout.database().as_str();
        for login in [layout.app(), layout.read_only()] {
            let mut session = connect_as(login.as_str(), database).await?;
            for (tenant, own) in [("one", 2), ("two", 1), ("three", 0)] {
                run(&mut session, &format!("set app.tenant = '{tenant}'")).await?;
                assert_eq!(rows(&mut session, "orders").await?, own, "{tenant}");
                assert_eq!(rows(&mut session, "all_orders").await?, 3, "as its owner");
                if server().await?.major() >= 15 {
                    assert_eq!(rows(&mut session, "asking").await?, own, "{tenant}");
                }
            }
        }
        let mut inside = by.connect(database).await?;
        let plan = plan_database(&mut inside, &Wanted::from(&layout), Mode::Additive).await?;
        let text = plan.to_string();
        let past = "whoever reads app.all_orders sees every row of app.orders";
        assert!(text.contains(past), "{text}");
        assert!(!text.contains("reads app.asking"), "{text}");
    }
    Ok(())
}
