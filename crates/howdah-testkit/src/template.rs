use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use howdah_config::Session;
use howdah_ident::DatabaseName;
use howdah_migrate::{Migrator, Options};
use howdah_pool::{Login, connect};
use howdah_roles::{
    Layout, Mode, Passwords, Verifier, Wanted, lock, plan_cluster, plan_database, unlock,
};
use howdah_secrets::Secret;
use sqlx::postgres::PgConnection;
use tokio::time::{Instant, sleep};

use crate::admin::{Admin, execute};
use crate::blueprint::Blueprint;
use crate::reap::{Doomed, drop_roles, remove};
use crate::setup::Roles;
use crate::shared::place::digest;
use crate::{Error, names};

const STEP: &str = "building the template database";
/// How long another process may take to build the same template.
const DEADLINE: Duration = Duration::from_mins(10);
const PAUSE: Duration = Duration::from_millis(20);

/// A template, or why there is none: its migrations fail for every test in the same way.
pub(crate) type Build = Result<Arc<Template>, Arc<Error>>;

/// A database that others are cloned from.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) fingerprint: String,
    pub(crate) name: DatabaseName,
    /// Of a database that is cloned from it, with its name still missing.
    pub(crate) layout: Layout,
    pub(crate) roles: Roles,
    /// The password of its roles.
    pub(crate) password: Secret,
    /// What a clone does not get from the template, with `%1$I` for the clone's name.
    pub(crate) beyond: Vec<String>,
    /// Its size.
    pub(crate) bytes: i64,
    /// Whether this process is making clones in advance.
    pub(crate) stocking: AtomicBool,
}

impl Template {
    /// Finds it on the server, or builds it there.
    pub(crate) async fn get(admin: &Admin, blueprint: &Blueprint) -> Result<Arc<Self>, Error> {
        let fingerprint = blueprint.fingerprint(admin);
        let cell = admin.template(&fingerprint);
        let find = || async {
            Self::find_or_build(admin, blueprint, &fingerprint)
                .await
                .map(Arc::new)
                .map_err(Arc::new)
        };
        match cell.get_or_init(find).await {
            Ok(template) => Ok(Arc::clone(template)),
            Err(error) => Err(Error::Template {
                source: Arc::clone(error),
            }),
        }
    }

    async fn find_or_build(
        admin: &Admin,
        blueprint: &Blueprint,
        fingerprint: &str,
    ) -> Result<Self, Error> {
        let owner = admin.owner().await?;
        let name = names::database(&format!("howdah_template_{fingerprint}"))?;
        if !touch(admin, &name).await? {
            let mut connection = connect(admin.login()).await.map_err(Error::step(STEP))?;
            take_lock(&mut connection, fingerprint).await?;
            // Another process may have built it meanwhile. The lock goes with the connection.
            if !touch(admin, &name).await? {
                build(admin, blueprint, fingerprint, &name, owner).await?;
            }
        }
        let password = password(admin, fingerprint);
        let mut connection = admin.acquire().await?;
        let beyond = sqlx::query_scalar(include_str!("../sql/beyond_template.sql"))
            .bind(name.as_str())
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::step(STEP))?;
        let bytes = sqlx::query_scalar("select pg_database_size($1::name)")
            .bind(name.as_str())
            .fetch_one(&mut *connection)
            .await
            .map_err(Error::step(STEP))?;
        Ok(Self {
            bytes,
            fingerprint: fingerprint.to_owned(),
            layout: layout(&name, blueprint, &names::shared_roles(fingerprint))?,
            name,
            roles: blueprint.roles,
            password,
            beyond,
            stocking: AtomicBool::new(false),
        })
    }
}

/// The layout of a database whose roles are named after `prefix`.
pub(crate) fn layout(
    database: &DatabaseName,
    blueprint: &Blueprint,
    prefix: &str,
) -> Result<Layout, Error> {
    let names = names::of_layout(prefix)?;
    Layout::new(database.clone(), blueprint.schema.clone(), names).map_err(Error::step(STEP))
}

/// Whether it is there; if so, it is in use as of now.
async fn touch(admin: &Admin, name: &DatabaseName) -> Result<bool, Error> {
    let mut connection = admin.acquire().await?;
    let updated = sqlx::query(
        "update howdah_testkit.databases set used = now() where name = $1 and kind = 'template'",
    )
    .bind(name.as_str())
    .execute(&mut *connection)
    .await
    .map_err(Error::step(STEP))?;
    Ok(updated.rows_affected() == 1)
}

/// One process builds; the others wait for it, by asking: a waiting statement would hold a snapshot.
pub(crate) async fn take_lock(
    connection: &mut PgConnection,
    fingerprint: &str,
) -> Result<(), Error> {
    let end = Instant::now() + DEADLINE;
    while !try_lock(connection, fingerprint).await? {
        if Instant::now() >= end {
            let why = format!("another process builds it, still after {DEADLINE:?}");
            return Err(Error::step(STEP)(why));
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// The lock under which the template of this fingerprint is built, and its roles are dropped.
pub(crate) async fn try_lock(
    connection: &mut PgConnection,
    fingerprint: &str,
) -> Result<bool, Error> {
    sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('howdah-testkit ' || $1, 0))")
        .bind(fingerprint)
        .fetch_one(connection)
        .await
        .map_err(Error::step(STEP))
}

/// Whoever may be superuser here may know the passwords of the test roles, so they need not be stored anywhere.
fn password(admin: &Admin, fingerprint: &str) -> Secret {
    let superuser = admin.login().password.expose().as_bytes();
    let part = |number: &[u8]| digest([superuser, fingerprint.as_bytes(), number]);
    Secret::new(format!("{}{}", part(b"1"), part(b"2")))
}

/// Under another name until it is complete, so that nobody ever copies half a template.
async fn build(
    admin: &Admin,
    blueprint: &Blueprint,
    fingerprint: &str,
    name: &DatabaseName,
    owner: i64,
) -> Result<(), Error> {
    let draft = names::database(&format!("howdah_draft_{fingerprint}"))?;
    let doomed = Doomed {
        name: draft.as_str().to_owned(),
        template: fingerprint.to_owned(),
        own_roles: false,
    };
    remove(admin, &doomed).await?;
    let mut connection = admin.acquire().await?;
    register(&mut connection, &draft, "draft", (fingerprint, None), owner).await?;
    drop(connection);
    let layout = layout(&draft, blueprint, &names::shared_roles(fingerprint))?;
    let password = password(admin, fingerprint);
    if let Err(error) = furnish(admin, blueprint, &layout, &password).await {
        // The first error is the one that says what is wrong.
        if let Err(error) = clear(admin, &doomed).await {
            tracing::debug!(%error, "an unfinished template is left to the next run");
        }
        return Err(error);
    }
    let mut connection = admin.acquire().await?;
    let finish = [
        format!("alter database {draft} rename to {name}"),
        // Nobody connects to it, so that copying it never fails for a session in it.
        format!("alter database {name} is_template true allow_connections false"),
        format!(
            "update howdah_testkit.databases set name = '{}', kind = 'template', owner = null, used = now() \
             where name = '{}'",
            name.as_str(),
            draft.as_str()
        ),
    ];
    execute(&mut connection, &finish.join("; ")).await?;
    // A copy begins with a checkpoint: this one takes what the migrations wrote out of the first copy's.
    execute(&mut connection, "checkpoint").await?;
    if let Some(membership) = admin.membership() {
        let worth: Vec<String> = sqlx::query_scalar(include_str!("../sql/worth_saving.sql"))
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::step(STEP))?;
        membership.tell_supervisor("save", &format!("{}\n", worth.join("\n")))?;
    }
    Ok(())
}

/// The lock of the template is held, so its roles are nobody else's.
async fn clear(admin: &Admin, draft: &Doomed) -> Result<(), Error> {
    remove(admin, draft).await?;
    let mut connection = admin.acquire().await?;
    drop_roles(&mut connection, &names::shared_roles(&draft.template)).await
}

/// Says in the registry, before it is made, that a database is the kit's.
pub(crate) async fn register(
    connection: &mut PgConnection,
    name: &DatabaseName,
    kind: &str,
    (fingerprint, test): (&str, Option<&str>),
    owner: i64,
) -> Result<(), Error> {
    sqlx::query(include_str!("../sql/register.sql"))
        .bind(name.as_str())
        .bind(kind)
        .bind(fingerprint)
        .bind(owner)
        .bind(test)
        .execute(connection)
        .await
        .map(drop)
        .map_err(Error::step(STEP))
}

/// Roles, schema, migrations, fixtures, and privileges on what those made.
pub(crate) async fn furnish(
    admin: &Admin,
    blueprint: &Blueprint,
    layout: &Layout,
    password: &Secret,
) -> Result<(), Error> {
    let database = layout.database();
    if blueprint.roles == Roles::Off {
        let mut connection = admin.acquire().await?;
        execute(&mut connection, &format!("create database {database}")).await?;
        drop(connection);
        let mut connection = admin.connect_to(database).await?;
        let schema = &blueprint.schema;
        execute(
            &mut connection,
            &format!("create schema if not exists {schema}"),
        )
        .await?;
    } else {
        lay_out(admin, layout, password).await?;
    }
    migrate(admin, blueprint, layout, password).await?;
    for fixture in &blueprint.fixtures {
        crate::fixture::run(admin, blueprint, layout, fixture).await?;
    }
    if blueprint.roles == Roles::Off {
        return Ok(());
    }
    let mut connection = admin.connect_to(database).await?;
    apply_in_database(&mut connection, layout).await
}

async fn lay_out(admin: &Admin, layout: &Layout, password: &Secret) -> Result<(), Error> {
    let mut cluster = connect(admin.login()).await.map_err(Error::step(STEP))?;
    // A password of 128 random bits gains nothing by many rounds, and every login of every test would repeat them.
    let verifier = Verifier::with_iterations(password, 1).map_err(Error::step(STEP))?;
    let logins = [layout.migrator(), layout.app(), layout.read_only()];
    let passwords = logins.map(|role| format!("alter role {role} password '{verifier}'"));
    lock(&mut cluster, DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    let none = Passwords::default();
    let plan = plan_cluster(&mut cluster, &Wanted::from(layout), &none, Mode::Guard)
        .await
        .map_err(Error::step(STEP))?;
    plan.apply(&mut cluster).await.map_err(Error::step(STEP))?;
    execute(&mut cluster, &passwords.join("; ")).await?;
    unlock(&mut cluster).await.map_err(Error::step(STEP))?;
    let mut connection = admin.connect_to(layout.database()).await?;
    apply_in_database(&mut connection, layout).await
}

async fn apply_in_database(connection: &mut PgConnection, layout: &Layout) -> Result<(), Error> {
    let plan = plan_database(connection, &Wanted::from(layout), Mode::Guard)
        .await
        .map_err(Error::step(STEP))?;
    plan.apply(connection).await.map_err(Error::step(STEP))
}

async fn migrate(
    admin: &Admin,
    blueprint: &Blueprint,
    layout: &Layout,
    password: &Secret,
) -> Result<(), Error> {
    const STEP: &str = "migrating the template database";
    if blueprint.migrations.is_empty() {
        return Ok(());
    }
    let mut options = Options::new(blueprint.schema.clone());
    let mut login = admin
        .login()
        .clone()
        .with_database(layout.database().clone());
    if blueprint.roles != Roles::Off {
        options.role = Some(layout.owner().clone());
        login = login.with_user(layout.migrator().clone(), password.clone());
    }
    let connection = connect(&unlimited(login))
        .await
        .map_err(Error::step(STEP))?;
    Migrator::new(blueprint.migrations.clone(), options)
        .apply(connection, |_event| {})
        .await
        .map(drop)
        .map_err(Error::step(STEP))
}

/// Without the time limits of a service's session.
fn unlimited(mut login: Login) -> Login {
    login.session = Session::default();
    login
}
