use std::collections::BTreeSet;
use std::time::Duration;

use howdah_pool::{Login, connect};
use howdah_roles::{lock, unlock};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{FromRow, Row};
use tokio::time::{Instant, sleep};

use crate::admin::{Admin, execute};
use crate::template::try_lock;
use crate::{Error, keep, names};

const STEP: &str = "removing what dead test processes left";
/// Templates that were not used for so long are of migrations that nobody has any more.
const TEMPLATE_AGE: Duration = Duration::from_hours(72);
/// More templates than this are the trace of somebody at work on migrations.
const TEMPLATES: i64 = 12;
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(1);
const LOCK_DEADLINE: Duration = Duration::from_mins(1);

/// A database of the registry, claimed for its end.
#[derive(Debug)]
pub(crate) struct Doomed {
    pub(crate) name: String,
    pub(crate) template: String,
    pub(crate) own_roles: bool,
}

impl FromRow<'_, PgRow> for Doomed {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            name: row.try_get("name")?,
            template: row.try_get("template")?,
            own_roles: row.try_get("own_roles")?,
        })
    }
}

/// Drops what belongs to processes that are dead, and templates that nobody uses: databases and roles of the registry,
/// and no others.
pub(crate) async fn reap(admin: &Admin, owner: i64) -> Result<(), Error> {
    let mut connection = admin.acquire().await?;
    let left: Vec<Doomed> = sqlx::query_as(include_str!("../sql/doom.sql"))
        .bind(owner)
        .bind(i64::try_from(keep::FOR.as_secs()).unwrap_or(i64::MAX))
        .fetch_all(&mut *connection)
        .await
        .map_err(Error::step(STEP))?;
    let old: Vec<Doomed> = sqlx::query_as(include_str!("../sql/doom_templates.sql"))
        .bind(owner)
        .bind(i64::try_from(TEMPLATE_AGE.as_secs()).unwrap_or(i64::MAX))
        .bind(if admin.is_own() { TEMPLATES } else { i64::MAX })
        .fetch_all(&mut *connection)
        .await
        .map_err(Error::step(STEP))?;
    drop(connection);
    // What is only a copy waits until there are too many, or until the server is gone.
    let can_wait = |doomed: &&Doomed| admin.is_own() && !doomed.own_roles;
    for doomed in left.iter().filter(|doomed| !can_wait(doomed)).chain(&old) {
        remove(admin, doomed).await?;
    }
    let templates: BTreeSet<&String> = left
        .iter()
        .chain(&old)
        .map(|doomed| &doomed.template)
        .collect();
    for fingerprint in templates {
        drop_roles_without_template(admin, fingerprint).await?;
    }
    Ok(())
}

/// A data directory from the cache holds the files of templates alone, and the catalogs of all that was there: nobody
/// may be given one of those.
pub(crate) async fn forget_uncopied(login: &Login) -> Result<(), Error> {
    let mut connection = connect(login).await.map_err(Error::step(STEP))?;
    let shared: Vec<String> = sqlx::query_scalar(include_str!("../sql/forget_uncopied.sql"))
        .fetch_all(&mut connection)
        .await
        .map_err(Error::step(STEP))?;
    for name in shared {
        let name = names::database(&name)?;
        execute(&mut connection, &format!("drop database if exists {name}")).await?;
    }
    Ok(())
}

/// Drops one database, its roles if they are its own, and forgets it.
pub(crate) async fn remove(admin: &Admin, doomed: &Doomed) -> Result<(), Error> {
    let mut connection = admin.acquire().await?;
    let name = names::database(&doomed.name)?;
    let (sessions, is_template) = end_sessions(&mut connection, &doomed.name).await?;
    if is_template {
        execute(
            &mut connection,
            &format!("alter database {name} is_template false"),
        )
        .await?;
    }
    wait_for_sessions(&mut connection, &doomed.name, sessions).await?;
    execute(
        &mut connection,
        &format!("drop database if exists {name} with (force)"),
    )
    .await?;
    if doomed.own_roles {
        drop_roles(&mut connection, &doomed.name).await?;
    }
    sqlx::query("delete from howdah_testkit.databases where name = $1")
        .bind(&doomed.name)
        .execute(&mut *connection)
        .await
        .map_err(Error::step(STEP))?;
    Ok(())
}

/// `drop database ... with (force)` ends them too, and then sleeps for a tenth of a second if one is not gone at once.
async fn wait_for_sessions(
    connection: &mut PgConnection,
    name: &str,
    mut left: i64,
) -> Result<(), Error> {
    let end = Instant::now() + PATIENCE;
    while left > 0 && Instant::now() < end {
        sleep(PAUSE).await;
        (left, _) = end_sessions(connection, name).await?;
    }
    Ok(())
}

/// How many there were, and whether it is a template, which cannot be dropped.
async fn end_sessions(connection: &mut PgConnection, name: &str) -> Result<(i64, bool), Error> {
    sqlx::query_as(include_str!("../sql/end_sessions.sql"))
        .bind(name)
        .fetch_one(connection)
        .await
        .map_err(Error::step(STEP))
}

/// The roles of a template go with the last database that uses them.
async fn drop_roles_without_template(admin: &Admin, fingerprint: &str) -> Result<(), Error> {
    // A connection of its own: the lock goes with it.
    let mut connection = connect(admin.login()).await.map_err(Error::step(STEP))?;
    if !try_lock(&mut connection, fingerprint).await? {
        // Somebody is building it again.
        return Ok(());
    }
    let used: bool = sqlx::query_scalar(
        "select exists (select from howdah_testkit.databases where template = $1)",
    )
    .bind(fingerprint)
    .fetch_one(&mut connection)
    .await
    .map_err(Error::step(STEP))?;
    if used {
        return Ok(());
    }
    drop_roles(&mut connection, &names::shared_roles(fingerprint)).await
}

/// Two sessions that change roles at once fail, so they take turns.
pub(crate) async fn drop_roles(connection: &mut PgConnection, prefix: &str) -> Result<(), Error> {
    let drops: Vec<String> = names::roles(prefix)?
        .iter()
        .map(|role| format!("drop role if exists {role}"))
        .collect();
    lock(connection, LOCK_DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    let dropped = execute(connection, &drops.join("; ")).await;
    unlock(connection).await.map_err(Error::step(STEP))?;
    dropped
}
