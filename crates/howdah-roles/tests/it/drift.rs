use howdah_roles::Passwords;
use howdah_testkit::As;
use howdah_testkit::connect;

use crate::support::{Result, database, plan_cluster, plan_database, run, server, sql};

#[tokio::test]
async fn what_somebody_granted_by_hand_is_taken_back() -> Result {
    let database = database().await?;
    let layout = database.layout();
    let mut superuser = database.connect(As::Superuser).await?;
    plan_database(&mut superuser, layout)
        .await?
        .apply(&mut superuser)
        .await?;
    let cases = [
        (
            format!("grant create on schema app to {}", layout.app()),
            r#"revoke create on schema "app""#,
        ),
        (
            format!(
                "grant temporary on database {} to public",
                layout.database()
            ),
            "revoke temporary on database",
        ),
        (
            format!("grant usage on schema app to {}", layout.migrator()),
            r#"revoke usage on schema "app""#,
        ),
        (
            format!(
                "alter default privileges for role {} in schema app grant truncate on tables to {}",
                layout.owner(),
                layout.app()
            ),
            "revoke truncate on tables",
        ),
        (
            "grant select on app.with_serial to public".to_owned(),
            r#"revoke select on table "app"."with_serial" from public"#,
        ),
        (
            "grant execute on function app.next_code() to public".to_owned(),
            r#"revoke execute on routine "app".next_code()"#,
        ),
    ];
    for (change, expected) in cases {
        run(&mut superuser, &change).await?;
        let plan = plan_database(&mut superuser, layout).await?;
        assert!(
            plan.len() == 1 && sql(&plan).contains(expected),
            "{change}: {plan}"
        );
        plan.apply(&mut superuser).await?;
        assert!(
            plan_database(&mut superuser, layout).await?.is_empty(),
            "{change}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_changed_role_is_brought_back() -> Result {
    let database = database().await?;
    let layout = database.layout();
    let mut cluster = connect(&server().await?.superuser("postgres".parse()?)).await?;
    let cases = [
        (format!("alter role {} login", layout.owner()), "nologin"),
        (
            format!("alter role {} createdb", layout.app()),
            "nocreatedb",
        ),
        (
            format!("alter role {} inherit", layout.migrator()),
            "noinherit",
        ),
        (
            format!("grant {} to {}", layout.owner(), layout.app()),
            "revoke",
        ),
        (
            format!("revoke {} from {}", layout.read_write_group(), layout.app()),
            "grant",
        ),
        (
            format!("grant pg_monitor to {}", layout.read_only()),
            "revoke \"pg_monitor\"",
        ),
        (
            format!(
                "alter role {} in database {} reset all",
                layout.app(),
                layout.database()
            ),
            r#"set "search_path" = 'app', 'pg_temp'"#,
        ),
    ];
    for (change, expected) in cases {
        // Tests run side by side, and two sessions that change roles at once fail.
        howdah_roles::lock(&mut cluster, std::time::Duration::from_secs(30)).await?;
        run(&mut cluster, &change).await?;
        let plan = plan_cluster(&mut cluster, layout, &Passwords::default()).await?;
        plan.apply(&mut cluster).await?;
        let left = plan_cluster(&mut cluster, layout, &Passwords::default()).await?;
        howdah_roles::unlock(&mut cluster).await?;
        assert!(
            plan.len() == 1 && sql(&plan).contains(expected),
            "{change}: {plan}"
        );
        assert!(left.is_empty(), "{change}: {left}");
    }
    Ok(())
}
