//! What somebody did by hand: every kind of it is seen, additive mode leaves it, and enforcing takes it away.

use howdah_roles::{Layout, Mode, Passwords, Plan, Wanted, lock, unlock};
use howdah_testkit::{As, TestDatabase};
use sqlx::postgres::PgConnection;
use std::time::Duration;

use crate::by::By;
use crate::support::{Result, connect_as, run, server, sqlstate, unique};

/// A layout with objects in it, all sound, and whoever made it in the database.
async fn sound_by(by: &By) -> Result<(Layout, PgConnection)> {
    let layout = by.lay_out("modes", Mode::Enforce).await?;
    let (wanted, none) = (Wanted::from(&layout), Passwords::default());
    let database = layout.database().as_str();
    by.apply(&wanted, database, &none, Mode::Enforce).await?;
    let inside = by.connect(database).await?;
    Ok((layout, inside))
}

async fn sound() -> Result<(Layout, PgConnection)> {
    sound_by(&By::Superuser).await
}

/// Both plans, of the server and of the database.
async fn plans(inside: &mut PgConnection, layout: &Layout, mode: Mode) -> Result<[Plan; 2]> {
    plans_by(&By::Superuser, inside, layout, mode).await
}

async fn plans_by(
    by: &By,
    inside: &mut PgConnection,
    layout: &Layout,
    mode: Mode,
) -> Result<[Plan; 2]> {
    let wanted = Wanted::from(layout);
    let mut cluster = by.connect("postgres").await?;
    let none = Passwords::default();
    Ok([
        howdah_roles::plan_cluster(&mut cluster, &wanted, &none, mode).await?,
        howdah_roles::plan_database(inside, &wanted, mode).await?,
    ])
}

/// What somebody does, and what is said of it.
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn by_hand(layout: &Layout, stranger: &str) -> Vec<(String, String)> {
    let (app, ro, database) = (layout.app(), layout.read_only(), layout.database());
    let (migrator, owner) = (layout.migrator(), layout.owner());
    let member = |member: &str, role: &howdah_ident::RoleName| {
        format!("{member} is a member of {}", role.as_str())
    };
    vec![
        (
            format!("grant truncate on app.with_serial to {app}"),
            format!("{} may TRUNCATE on table app.with_serial", app.as_str()),
        ),
        (
            format!("grant update on app.with_serial_id_seq to {stranger}"),
            format!("{stranger} may UPDATE on sequence app.with_serial_id_seq"),
        ),
        (
            format!("grant execute on function app.write_as_owner() to {ro}"),
            format!(
                "{} may EXECUTE on routine app.write_as_owner()",
                ro.as_str()
            ),
        ),
        (
            format!("grant create on schema app to {app}"),
            format!("{} may CREATE on schema app", app.as_str()),
        ),
        (
            format!("grant temporary on database {database} to {ro}"),
            format!(
                "{} may TEMPORARY on database {}",
                ro.as_str(),
                database.as_str()
            ),
        ),
        (
            format!(
                "alter default privileges for role {owner} in schema app grant delete on tables to {ro}"
            ),
            format!(
                "{} may DELETE on later tables of {} in app",
                ro.as_str(),
                owner.as_str()
            ),
        ),
        (
            format!("grant {owner} to {app}"),
            member(app.as_str(), owner),
        ),
        (
            format!("grant {migrator} to {stranger}"),
            member(stranger, migrator),
        ),
        (
            format!("alter role {app} set work_mem = '1GB'"),
            format!("{} has work_mem = 1GB", app.as_str()),
        ),
        (
            format!("alter role {app} in database {database} set statement_timeout = 0"),
            format!(
                "{} in database {} has statement_timeout = 0",
                app.as_str(),
                database.as_str()
            ),
        ),
    ]
}

#[tokio::test]
async fn every_kind_of_drift_is_named_left_and_taken_away() -> Result {
    Box::pin(every_kind_of_drift(&By::Superuser)).await
}

#[tokio::test]
async fn every_kind_of_drift_is_named_left_and_taken_away_by_an_administrator() -> Result {
    Box::pin(every_kind_of_drift(&By::administrator().await?)).await
}

async fn every_kind_of_drift(by: &By) -> Result {
    let (layout, mut inside) = sound_by(by).await?;
    let mut superuser = By::Superuser.connect(layout.database().as_str()).await?;
    let stranger = unique("stranger");
    run(&mut inside, &format!("create role {stranger}")).await?;
    for (change, line) in by_hand(&layout, &stranger) {
        let mut cluster = by.connect("postgres").await?;
        lock(&mut cluster, Duration::from_mins(1)).await?;
        // A membership is the granting administrator's to take back, an object is the owner's, whoever grants.
        let is_membership = line.contains("is a member of");
        let meddler = if is_membership {
            &mut inside
        } else {
            &mut superuser
        };
        run(meddler, &change).await?;
        let additive = plans_by(by, &mut inside, &layout, Mode::Additive).await?;
        let drift: Vec<&String> = additive.iter().flat_map(Plan::drift).collect();
        assert!(
            additive.iter().all(Plan::is_empty),
            "{change}: {additive:?}"
        );
        assert!(
            drift.len() == 1 && drift.iter().all(|drift| drift.contains(&line)),
            "{change}: {drift:?}"
        );
        let enforced = plans_by(by, &mut inside, &layout, Mode::Enforce).await?;
        let [outside, within] = &enforced;
        assert_eq!(outside.len() + within.len(), 1, "{change}: {enforced:?}");
        outside.apply(&mut cluster).await?;
        within.apply(&mut inside).await?;
        let left = plans_by(by, &mut inside, &layout, Mode::Enforce).await?;
        unlock(&mut cluster).await?;
        assert!(
            left.iter()
                .all(|plan| plan.is_empty() && plan.drift().is_empty()),
            "{change}: {left:?}"
        );
    }
    Ok(())
}

/// Since PostgreSQL 16 a membership is only its grantor's to take back.
#[tokio::test]
async fn a_membership_that_a_superuser_granted_is_an_administrators_to_report() -> Result {
    let by = By::administrator().await?;
    let (layout, mut inside) = sound_by(&by).await?;
    let mut superuser = By::Superuser.connect("postgres").await?;
    let (owner, app) = (layout.owner(), layout.app());
    let member = format!("{} is a member of {}", app.as_str(), owner.as_str());
    let mut cluster = by.connect("postgres").await?;
    lock(&mut cluster, Duration::from_mins(1)).await?;
    let change = format!("grant {owner} to {app}; alter role {app} set work_mem = '9MB'");
    run(&mut superuser, &change).await?;
    let [plan, _] = plans_by(&by, &mut inside, &layout, Mode::Enforce).await?;
    plan.apply(&mut cluster).await?;
    let [left, _] = plans_by(&by, &mut inside, &layout, Mode::Enforce).await?;
    unlock(&mut cluster).await?;
    assert!(left.is_empty() && left.lacking().is_empty(), "{left}");
    let reported = left
        .drift()
        .iter()
        .any(|line| line.starts_with(&member) && line.contains("in role \"postgres\""));
    assert_eq!(reported, server().await?.major() >= 16, "{left}");
    Ok(())
}

#[tokio::test]
async fn what_is_not_managed_is_reported_in_every_mode() -> Result {
    let (layout, mut superuser) = sound().await?;
    let (app, ro) = (layout.app(), layout.read_only());
    let change = format!(
        "grant update (name) on app.with_identity to {ro}; \
         grant select on app.with_identity to {app} with grant option; \
         alter table app.with_serial enable row level security; create policy mine on app.with_serial using (true); \
         do $$ begin perform lo_create(4711); end $$; grant select on large object 4711 to {ro}"
    );
    run(&mut superuser, &change).await?;
    let [_, plan] = plans(&mut superuser, &layout, Mode::Additive).await?;
    let text = plan.to_string();
    for expected in [
        format!(
            "{} may UPDATE on column name of app.with_identity",
            ro.as_str()
        ),
        format!(
            "{} may SELECT on table app.with_identity and may hand it on",
            app.as_str()
        ),
        format!("{} may SELECT on large object 4711", ro.as_str()),
        "app.with_serial has the policy \"mine\"".to_owned(),
        "whoever reads app.names sees every row of app.with_serial".to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected} is missing in\n{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_grant_by_somebody_else_than_the_owner_is_reported_and_in_nobodys_way() -> Result {
    let (layout, mut superuser) = sound().await?;
    let (group, ro) = (layout.read_write_group(), layout.read_only());
    let change = format!(
        "grant select on app.with_identity to {group} with grant option; set role {group}; \
         grant select on app.with_identity to {ro}; reset role; revoke delete on app.with_serial from {group}"
    );
    run(&mut superuser, &change).await?;
    let [_, plan] = plans(&mut superuser, &layout, Mode::Enforce).await?;
    assert_eq!(plan.len(), 1, "{plan}");
    let line = format!(
        "{} may SELECT on table app.with_identity, granted by {}",
        ro.as_str(),
        group.as_str()
    );
    assert!(plan.drift().contains(&line), "{plan}");
    plan.apply(&mut superuser).await?;
    let [_, left] = plans(&mut superuser, &layout, Mode::Enforce).await?;
    assert!(left.is_empty(), "{left}");
    Ok(())
}

#[tokio::test]
async fn a_plan_is_an_object_for_programs() -> Result {
    let (layout, mut superuser) = sound().await?;
    let group = layout.read_write_group();
    run(
        &mut superuser,
        &format!("revoke delete on app.with_serial from {group}"),
    )
    .await?;
    let [_, plan] = plans(&mut superuser, &layout, Mode::Additive).await?;
    let group_name = group.as_str();
    assert_eq!(
        serde_json::to_value(&plan)?,
        serde_json::json!({
            "changes": [{
                "line": format!("+ {group_name} may DELETE on table app.with_serial"),
                "sql": [format!("grant delete on table \"app\".\"with_serial\" to {group}")],
            }],
            "drift": [],
            "impossible": [],
            "lacking": [],
            "warnings": [],
        })
    );
    Ok(())
}

#[tokio::test]
async fn a_change_without_effect_is_an_error_and_leaves_nothing() -> Result {
    let database = TestDatabase::with_roles(server().await?).await?;
    let layout = database.layout();
    let mut superuser = database.connect(As::Superuser).await?;
    // A trigger of somebody else's, that undoes what is granted.
    run(
        &mut superuser,
        "create function public.undo() returns event_trigger language plpgsql as \
         $$ begin if current_setting('my.busy', true) = 'on' then return; end if; \
         perform set_config('my.busy', 'on', true); \
         execute 'revoke all on schema app from public, ' || (select string_agg(quote_ident(rolname), ', ') from pg_roles where rolname like '%_rw'); \
         perform set_config('my.busy', 'off', true); end $$; \
         create event trigger undo on ddl_command_end when tag in ('GRANT') execute function public.undo()",
    )
    .await?;
    let group = layout.read_write_group();
    run(
        &mut superuser,
        &format!("revoke usage on schema app from {group}"),
    )
    .await?;
    let plan =
        howdah_roles::plan_database(&mut superuser, &Wanted::from(layout), Mode::Additive).await?;
    let error = plan.apply(&mut superuser).await.unwrap_err().to_string();
    assert!(
        error.contains("left after the change") && error.contains("may USAGE on schema app"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn somebody_unrelated_cannot_connect() -> Result {
    let (layout, mut superuser) = sound().await?;
    let stranger = unique("x");
    run(
        &mut superuser,
        &format!(
            "create role {stranger} login password '{}'",
            crate::support::PASSWORD
        ),
    )
    .await?;
    let error = connect_as(&stranger, layout.database().as_str())
        .await
        .map(drop)
        .unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("42501"), "{text}");
    let mut app = connect_as(layout.app().as_str(), layout.database().as_str()).await?;
    assert_eq!(sqlstate(&mut app, "select 1").await?, None);
    Ok(())
}

/// `revoke` alone fails then (SQLSTATE 2BP01).
#[tokio::test]
async fn what_a_holder_has_passed_on_goes_with_what_it_held() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let (layout, mut inside) = sound_by(&by).await?;
        let (app, ro, owner) = (layout.app(), layout.read_only(), layout.owner());
        let database = layout.database().as_str();
        let one = unique("one");
        run(&mut inside, &format!("create role {one}")).await?;
        let change = format!(
            "set role {owner}; grant truncate on app.with_serial, app.with_identity to {app} with grant option; \
             grant usage, create on schema app to {one} with grant option; \
             set role {app}; grant truncate on app.with_serial to {one} with grant option; \
             set role {one}; grant truncate on app.with_serial to {ro}; grant create on schema app to {app}"
        );
        let mut superuser = By::Superuser.connect(database).await?;
        run(&mut superuser, &change).await?;
        let [_, plan] = plans_by(&by, &mut inside, &layout, Mode::Enforce).await?;
        let line = format!(
            "- {} may TRUNCATE on table app.with_serial, and so may whoever has it from there: {}, {one}",
            app.as_str(),
            ro.as_str()
        );
        assert!(plan.changes().contains(&line), "{plan}");
        let passed_on = |line: &String| line.contains("TRUNCATE") || line.contains("CREATE");
        assert!(!plan.drift().iter().any(passed_on), "{plan}");
        plan.apply(&mut inside).await?;
        let [outside, plan] = plans_by(&by, &mut inside, &layout, Mode::Enforce).await?;
        assert!(outside.is_empty() && plan.is_empty(), "{plan}");
        assert!(plan.drift().is_empty(), "{plan}");
        let mut reader = connect_as(ro.as_str(), database).await?;
        let code = sqlstate(&mut reader, "truncate app.with_serial").await?;
        assert_eq!(code.as_deref(), Some("42501"));
    }
    Ok(())
}
