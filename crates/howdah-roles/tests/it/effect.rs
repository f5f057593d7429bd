//! What a plan changes, and that it changes nothing else.

use howdah_roles::{Layout, Mode, Passwords, Wanted, lock, plan_database, unlock};
use howdah_testkit::{As, connect};
use sqlx::postgres::PgConnection;
use std::time::Duration;

use crate::by::By;
use crate::support::{Result, apply, database, layout, passwords, run, server};

/// Every privilege of every role of the layout.
async fn matrix(connection: &mut PgConnection, layout: &Layout) -> Result<Vec<String>> {
    let rows = sqlx::query_scalar(include_str!("../data/matrix.sql"))
        .bind(layout.database().as_str())
        .fetch_all(connection)
        .await?;
    Ok(rows)
}

#[tokio::test]
async fn enforcing_brings_back_exactly_what_every_role_could_do() -> Result {
    let layout = layout("matrix", "app")?;
    let wanted = Wanted::from(&layout);
    let name = layout.database().as_str();
    let logins = [layout.migrator(), layout.app(), layout.read_only()];
    let passwords = passwords(&logins.map(howdah_ident::RoleName::as_str))?;
    apply(&wanted, name, &passwords, Mode::Enforce).await?;
    let mut superuser = connect(&server().await?.superuser(name.parse()?)).await?;
    let later = include_str!("../data/later.sql");
    let make = format!(
        "set role {}; set search_path = app; {later}; reset role; reset search_path",
        layout.owner()
    );
    run(&mut superuser, &make).await?;
    plan_database(&mut superuser, &wanted, Mode::Enforce)
        .await?
        .apply(&mut superuser)
        .await?;
    let before = matrix(&mut superuser, &layout).await?;
    assert!(before.len() > 60, "{before:?}");

    let (app, reader, group) = (layout.app(), layout.read_only(), layout.read_write_group());
    let meddle = format!(
        "grant all on all tables in schema app to {app}, {reader}; grant all on all sequences in schema app to public; \
         revoke all on all tables in schema app from {group}; grant all on schema app to public; \
         grant execute on all routines in schema app to public; grant {} to {reader}; \
         grant execute on function pg_catalog.lo_create(oid) to {app}; grant all on database {} to {app}",
        layout.owner(),
        layout.database()
    );
    let mut cluster = connect(&server().await?.superuser("postgres".parse()?)).await?;
    lock(&mut cluster, Duration::from_mins(1)).await?;
    run(&mut superuser, &meddle).await?;
    unlock(&mut cluster).await?;
    assert_ne!(matrix(&mut superuser, &layout).await?, before);
    apply(&wanted, name, &Passwords::default(), Mode::Enforce).await?;
    assert_eq!(matrix(&mut superuser, &layout).await?, before);
    Ok(())
}

/// Adding takes nothing from anybody and gives nothing that is not declared.
#[tokio::test]
async fn adding_brings_back_what_is_declared_and_leaves_what_is_not() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let layout = by.lay_out("added", Mode::Additive).await?;
        let wanted = Wanted::from(&layout);
        let name = layout.database().as_str();
        let none = Passwords::default();
        by.apply(&wanted, name, &none, Mode::Additive).await?;
        let mut superuser = By::Superuser.connect(name).await?;
        let sound = matrix(&mut superuser, &layout).await?;
        assert!(sound.len() > 60, "{sound:?}");

        let (app, reader, rw) = (layout.app(), layout.read_only(), layout.read_write_group());
        let meddle = format!(
            "revoke all on all tables in schema app from {rw}; revoke all on all sequences in schema app from {rw}; \
             revoke all on schema app from {rw}; revoke execute on all routines in schema app from {rw}; \
             grant truncate on app.with_serial to {app}; grant insert on app.parted to {reader}; \
             grant update on sequence app.with_serial_id_seq to {app}; grant create on schema app to {reader}"
        );
        run(&mut superuser, &meddle).await?;
        let extra = [
            format!("{} truncate app.with_serial", app.as_str()),
            format!("{} insert app.parted", reader.as_str()),
            format!("{} update app.with_serial_id_seq", app.as_str()),
            format!("{} create app", reader.as_str()),
        ];
        let mut expected = sound;
        expected.extend(extra);
        expected.sort();
        assert_ne!(matrix(&mut superuser, &layout).await?, expected);
        by.apply(&wanted, name, &none, Mode::Additive).await?;
        let mut found = matrix(&mut superuser, &layout).await?;
        found.sort();
        assert_eq!(found, expected);
    }
    Ok(())
}

#[tokio::test]
async fn a_plan_and_an_empty_apply_run_no_statement_that_changes_anything() -> Result {
    let database = database().await?;
    let wanted = Wanted::from(database.layout());
    let mut superuser = database.connect(As::Superuser).await?;
    plan_database(&mut superuser, &wanted, Mode::Enforce)
        .await?
        .apply(&mut superuser)
        .await?;
    let trap = "create function public.trap() returns event_trigger language plpgsql as \
                $$ begin raise exception 'a statement: %', tg_tag; end $$; \
                create event trigger trap on ddl_command_start execute function public.trap()";
    run(&mut superuser, trap).await?;
    let plan = plan_database(&mut superuser, &wanted, Mode::Enforce).await?;
    assert!(plan.is_empty(), "{plan}");
    plan.apply(&mut superuser).await?;
    // The trap works.
    let extra = Wanted::from(&Layout::new(
        database.layout().database().clone(),
        "other".parse()?,
        howdah_roles::Names {
            owner: database.layout().owner().clone(),
            migrator: database.layout().migrator().clone(),
            app: database.layout().app().clone(),
            read_only: database.layout().read_only().clone(),
        },
    )?);
    let plan = plan_database(&mut superuser, &extra, Mode::Enforce).await?;
    let error = plan.apply(&mut superuser).await.unwrap_err();
    assert!(
        error.sqlstate().is_some_and(|code| code == "P0001"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn names_of_sixty_three_bytes_are_taken_as_they_are() -> Result {
    let stem = crate::support::unique("é\"; drop--");
    let long = |part: &str, bytes: usize| {
        let name = format!("{stem}{part}");
        format!("{name}{}", "x".repeat(bytes - name.len()))
    };
    let names = howdah_roles::Names {
        owner: long("o", 60).parse()?,
        migrator: long("m", 63).parse()?,
        app: long("a", 63).parse()?,
        read_only: long("r", 63).parse()?,
    };
    let layout = Layout::new(long("d", 63).parse()?, long("s", 63).parse()?, names)?;
    let wanted = Wanted::from(&layout);
    let passwords = passwords(&[layout.app().as_str()])?;
    let database = layout.database().as_str();
    apply(&wanted, database, &passwords, Mode::Enforce).await?;
    let mut superuser = connect(&server().await?.superuser(database.parse()?)).await?;
    let table = format!("{}.\"{}\"", layout.schema(), "t".repeat(63));
    run(
        &mut superuser,
        &format!(
            "set role {}; create table {table} (id serial); reset role",
            layout.owner()
        ),
    )
    .await?;
    let mut app = crate::support::connect_as(layout.app().as_str(), database).await?;
    run(
        &mut app,
        &format!("insert into \"{}\" default values", "t".repeat(63)),
    )
    .await?;
    assert!(
        plan_database(&mut superuser, &wanted, Mode::Enforce)
            .await?
            .is_empty()
    );
    Ok(())
}
