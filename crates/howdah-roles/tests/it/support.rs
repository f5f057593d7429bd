//! What the tests share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use howdah_roles::{Error, Layout, Manifest, Mode, Names, Passwords, Plan, Wanted, lock, unlock};
use howdah_secrets::Secret;
use howdah_testkit::{As, TestDatabase, TestServer, connect};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Of every login that a test makes.
pub(crate) const PASSWORD: &str = "the-same-for-all";

pub(crate) async fn server() -> Result<&'static TestServer> {
    Ok(TestServer::shared().await?)
}

/// A server that no other test uses, of the same kind.
pub(crate) async fn own_server() -> Result<TestServer> {
    Ok(match server().await?.container_id() {
        Some(_) => TestServer::container().await?,
        None => TestServer::local().await?,
    })
}

/// A database with roles and one table of each interesting kind, made by the migrator after the roles.
pub(crate) async fn database() -> Result<TestDatabase> {
    let database = TestDatabase::with_roles(server().await?).await?;
    let mut migrator = database.connect(As::Migrator).await?;
    let owner = database.layout().owner();
    run(
        &mut migrator,
        &format!("set role {owner}; {}", include_str!("../data/later.sql")),
    )
    .await?;
    Ok(database)
}

pub(crate) async fn run(connection: &mut PgConnection, sql: &str) -> sqlx::Result<()> {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await
        .map(drop)
}

/// The SQLSTATE that the statement fails with, `None` when it succeeds. Nothing of it stays.
pub(crate) async fn sqlstate(connection: &mut PgConnection, sql: &str) -> Result<Option<String>> {
    let mut transaction = connection.begin().await?;
    let result = run(&mut transaction, sql).await;
    transaction.rollback().await?;
    Ok(match result {
        Ok(()) => None,
        Err(error) => Some(
            error
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code)
                .map_or_else(|| error.to_string(), std::borrow::Cow::into_owned),
        ),
    })
}

pub(crate) async fn assert_denied(connection: &mut PgConnection, statements: &[String]) -> Result {
    for statement in statements {
        let code = sqlstate(connection, statement).await?;
        assert_eq!(code.as_deref(), Some("42501"), "{statement}");
    }
    Ok(())
}

pub(crate) async fn assert_allowed(connection: &mut PgConnection, statements: &[&str]) -> Result {
    for statement in statements {
        assert_eq!(sqlstate(connection, statement).await?, None, "{statement}");
    }
    Ok(())
}

/// A name that no other test uses, on a server that all of them share.
pub(crate) fn unique(part: &str) -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("r{}_{number}_{part}", std::process::id())
}

/// A layout of names of its own, of which nothing is there yet.
pub(crate) fn layout(part: &str, schema: &str) -> Result<Layout> {
    let name = unique(part);
    let names = Names {
        owner: format!("{name}_o").parse()?,
        migrator: format!("{name}_m").parse()?,
        app: format!("{name}_a").parse()?,
        read_only: format!("{name}_r").parse()?,
    };
    Ok(Layout::new(name.parse()?, schema.parse()?, names)?)
}

/// As `db-up` plans.
pub(crate) async fn plan_cluster(
    connection: &mut PgConnection,
    layout: &Layout,
    passwords: &Passwords,
) -> std::result::Result<Plan, Error> {
    howdah_roles::plan_cluster(connection, &layout.into(), passwords, Mode::Guard).await
}

/// As `db-up` plans.
pub(crate) async fn plan_database(
    connection: &mut PgConnection,
    layout: &Layout,
) -> std::result::Result<Plan, Error> {
    howdah_roles::plan_database(connection, &Wanted::from(layout), Mode::Guard).await
}

/// A wanted state from JSON.
pub(crate) fn wanted(manifest: serde_json::Value) -> Result<Wanted> {
    let manifest: Manifest = serde_json::from_value(manifest)?;
    Ok(Wanted::try_from(&manifest)?)
}

/// A password for each of these roles, always the same.
pub(crate) fn passwords(roles: &[&str]) -> Result<Passwords> {
    roles.iter().try_fold(Passwords::default(), |all, role| {
        Ok(all.with(&role.parse()?, Secret::new(PASSWORD)))
    })
}

/// What belongs to the server, then what belongs to the database; afterwards nothing is left to do.
pub(crate) async fn apply(
    wanted: &Wanted,
    database: &str,
    passwords: &Passwords,
    mode: Mode,
) -> Result<Plan> {
    let server = server().await?;
    let mut cluster = connect(&server.superuser("postgres".parse()?)).await?;
    lock(&mut cluster, Duration::from_mins(1)).await?;
    let plan = howdah_roles::plan_cluster(&mut cluster, wanted, passwords, mode).await?;
    plan.apply(&mut cluster).await?;
    let again = howdah_roles::plan_cluster(&mut cluster, wanted, passwords, mode).await?;
    assert!(again.is_empty(), "{again}");
    unlock(&mut cluster).await?;
    let mut inside = connect(&server.superuser(database.parse()?)).await?;
    let plan = howdah_roles::plan_database(&mut inside, wanted, mode).await?;
    plan.apply(&mut inside).await?;
    let again = howdah_roles::plan_database(&mut inside, wanted, mode).await?;
    assert!(again.is_empty(), "{again}");
    Ok(plan)
}

/// A connection of a role with the password that all of them have.
pub(crate) async fn connect_as(role: &str, database: &str) -> Result<PgConnection> {
    let login = server().await?.superuser(database.parse()?);
    Ok(connect(&login.with_user(role.parse()?, Secret::new(PASSWORD))).await?)
}

/// The statements of a plan in one text.
pub(crate) fn sql(plan: &Plan) -> String {
    plan.statements().join(";\n")
}

/// What nobody but the owner may do.
pub(crate) fn structure(layout: &Layout) -> Vec<String> {
    let mut statements: Vec<String> = [
        "create table app.t (id int)",
        "create table public.t (id int)",
        "create temporary table t (id int)",
        "create schema s",
        "alter table with_serial add column c int",
        "drop table with_serial",
        "create index on with_serial (name)",
        "comment on table with_serial is 'mine'",
        "truncate with_serial",
        "select setval('with_serial_id_seq', 100)",
        "create trigger t before insert on with_serial for each row execute function stamp()",
        "create role r",
        "copy with_serial to '/tmp/out'",
        "copy with_serial to program 'cat'",
        "select * from pg_catalog.pg_authid",
        "select pg_catalog.lo_create(0)",
        "select pg_catalog.lo_from_bytea(0, 'x')",
    ]
    .map(str::to_owned)
    .to_vec();
    statements.push(format!("set role {}", layout.owner()));
    statements.push(format!("set role {}", layout.migrator()));
    statements
}
