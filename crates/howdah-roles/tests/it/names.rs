//! Names that need quotes, and names as long as they may be, from the first plan to the removal.

use howdah_ident::{DatabaseName, Ident, RoleName, SchemaName};
use howdah_roles::{Depth, Layout, Mode, Names, Outcome, Passwords, Wanted};

use crate::by::By;
use crate::support::{Result, connect_as, passwords, run, unique};

/// A name with this in it, filled up.
fn long(stem: &str, part: &str, bytes: usize) -> String {
    let name = format!("{stem}{part}");
    format!("{name}{}", "x".repeat(bytes.saturating_sub(name.len())))
}

#[tokio::test]
async fn names_that_need_quotes_live_from_the_first_plan_to_the_removal() -> Result {
    let stem = unique("we\"ird; drop--");
    for by in [By::Superuser, By::administrator().await?] {
        let stem = format!("{stem}{}", by.is_superuser());
        whole_life(&by, |part, _| {
            format!("{stem}' {part} \\ {{owner}} :schema")
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn names_of_sixty_three_bytes_live_from_the_first_plan_to_the_removal() -> Result {
    let stem = unique("é\"; drop--");
    for by in [By::Superuser, By::administrator().await?] {
        let stem = format!("{stem}{}", by.is_superuser());
        whole_life(&by, |part, bytes| long(&stem, part, bytes)).await?;
    }
    Ok(())
}

/// Made, filled, verified, planned again, and a role of it removed.
async fn whole_life(by: &By, name: impl Fn(&str, usize) -> String + Send + Sync) -> Result {
    let names = Names {
        owner: name("o", 60).parse()?,
        migrator: name("m", 63).parse()?,
        app: name("a", 63).parse()?,
        read_only: name("r", 63).parse()?,
    };
    let layout = Layout::new(name("d", 63).parse()?, name("s", 63).parse()?, names)?;
    let database = layout.database().as_str();
    let wanted = Wanted::from(&layout);
    let logins = [layout.migrator(), layout.app(), layout.read_only()];
    let passwords = passwords(&logins.map(RoleName::as_str))?;
    by.apply(&wanted, database, &passwords, Mode::Enforce)
        .await?;
    fill(&layout, &name).await?;
    by.apply(&wanted, database, &Passwords::default(), Mode::Enforce)
        .await?;
    verify(by, &layout).await?;
    remove(by, &layout).await
}

/// A table, a view, a sequence and functions, as the migrator.
async fn fill(layout: &Layout, name: impl Fn(&str, usize) -> String + Send + Sync) -> Result {
    let object = |part: &str| Ident::new(name(part, 63));
    let (table, column) = (object("t")?, object("c")?);
    let (view, sequence, function) = (object("v")?, object("q")?, object("f")?);
    let make = format!(
        "set role {}; set search_path = {}, pg_temp; create table {table} ({column} serial primary key); \
         create view {view} as select * from {table}; create sequence {sequence}; \
         create function {function}(int, text) returns int language sql as 'select 1'; \
         create procedure {function}(int) language sql as 'select 1'",
        layout.owner(),
        layout.schema(),
    );
    let database = layout.database().as_str();
    let mut migrator = connect_as(layout.migrator().as_str(), database).await?;
    run(&mut migrator, &make).await?;
    let mut app = connect_as(layout.app().as_str(), database).await?;
    let uses = format!(
        "insert into {table} default values; select * from {view}; select nextval('{}'); select {function}(1, 'a'); \
         call {function}(1)",
        sequence.to_string().replace('\'', "''")
    );
    Ok(run(&mut app, &uses).await?)
}

async fn verify(by: &By, layout: &Layout) -> Result {
    let database = layout.database().as_str();
    for role in [layout.app(), layout.read_only(), layout.migrator()] {
        let mut connection = connect_as(role.as_str(), database).await?;
        let checks = howdah_roles::verify_checklist(&mut connection, layout).await?;
        let public = !by.is_superuser() && crate::support::server().await?.major() < 15;
        let failed = checks.iter().filter(|check| {
            let is_open = public && [5, 20].contains(&check.number);
            matches!(check.outcome, Outcome::Fail(_)) && !is_open
        });
        assert_eq!(
            failed.collect::<Vec<_>>(),
            Vec::<&howdah_roles::Check>::new()
        );
    }
    if by.is_superuser() {
        let mut app = connect_as(layout.app().as_str(), database).await?;
        let findings = howdah_roles::verify_app(&mut app, layout, Depth::Attempts).await?;
        assert_eq!(findings, []);
        let mut reader = connect_as(layout.read_only().as_str(), database).await?;
        let findings = howdah_roles::verify_read_only(&mut reader, layout, Depth::Attempts).await?;
        assert_eq!(findings, []);
    }
    Ok(())
}

async fn remove(by: &By, layout: &Layout) -> Result {
    let wanted = Wanted::removal(layout.app(), Some(layout.owner()), true);
    let none = Passwords::default();
    let mut cluster = by.connect("postgres").await?;
    let server = async |cluster: &mut sqlx::PgConnection| -> Result {
        howdah_roles::lock(cluster, std::time::Duration::from_mins(1)).await?;
        let plan = howdah_roles::plan_cluster(cluster, &wanted, &none, Mode::Additive).await?;
        plan.apply(cluster).await?;
        Ok(howdah_roles::unlock(cluster).await?)
    };
    server(&mut cluster).await?;
    let left = howdah_roles::databases(&mut cluster, &wanted).await?;
    assert!(left.is_empty(), "it held everything by its group: {left:?}");
    server(&mut cluster).await?;
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_catalog.pg_roles where rolname = $1)")
            .bind(layout.app().as_str())
            .fetch_one(&mut cluster)
            .await?;
    assert!(!there);
    Ok(())
}

#[test]
fn one_byte_more_is_refused_with_a_sentence() {
    let long = "x".repeat(64);
    let sentence = "a name must be at most 63 bytes long, this one has 64";
    for refused in [
        long.parse::<RoleName>().map(drop),
        long.parse::<DatabaseName>().map(drop),
        long.parse::<SchemaName>().map(drop),
        long.parse::<Ident>().map(drop),
        // Bytes, not letters.
        "é".repeat(32).parse::<Ident>().map(drop),
    ] {
        assert_eq!(refused.unwrap_err().to_string(), sentence);
    }
    let name = |text: &str| text.parse::<RoleName>().unwrap();
    let names = Names {
        owner: name(&"x".repeat(61)),
        migrator: name("m"),
        app: name("a"),
        read_only: name("r"),
    };
    let refused = Layout::new("d".parse().unwrap(), "s".parse().unwrap(), names).unwrap_err();
    assert!(refused.to_string().contains("_rw"), "{refused}");
}
