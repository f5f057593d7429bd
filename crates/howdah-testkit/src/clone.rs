use std::sync::Arc;
use std::sync::atomic::Ordering;

use howdah_ident::DatabaseName;
use sqlx::postgres::PgConnection;

use crate::admin::{Admin, execute};
use crate::setup::Roles;
use crate::stash::Lease;
use crate::template::{Template, register};
use crate::{Error, names, runtime};

const STEP: &str = "cloning the template database";
/// How many clones wait for the next tests: a few, because a busy machine has no time to make more.
const STOCK: i64 = 4;

/// A clone for one test: one that is ready, or a new one.
pub(crate) async fn take(
    admin: &Arc<Admin>,
    template: &Arc<Template>,
    test: Option<&str>,
) -> Result<DatabaseName, Error> {
    let owner = admin.owner().await?;
    // On somebody else's server nothing is left lying around.
    if admin.is_own() {
        let ready = from_stock(admin, template, owner, test).await?;
        refill(admin, template);
        if let Some(ready) = ready {
            return Ok(ready);
        }
    }
    let name = names::database(&format!("howdah_test_{}", names::random()?))?;
    let mut connection = admin.acquire().await?;
    let of = (template.fingerprint.as_str(), test);
    register(&mut connection, &name, "test", of, owner).await?;
    create(admin, &mut connection, template, &name, "").await?;
    Ok(name)
}

/// A database like the template: its contents, and what `create database` does not copy; `finally` runs with that.
pub(crate) async fn create(
    admin: &Admin,
    connection: &mut PgConnection,
    template: &Template,
    name: &DatabaseName,
    finally: &str,
) -> Result<(), Error> {
    let source = &template.name;
    let strategy = admin.strategy();
    let owner = match template.roles {
        Roles::Off => String::new(),
        Roles::Shared | Roles::Own => format!(" owner {}", template.layout.owner()),
    };
    execute(
        connection,
        &format!("create database {name} template {source}{owner}{strategy}"),
    )
    .await?;
    let mut beyond = template
        .beyond
        .join("; ")
        .replace("%1$I", &format!("{name}"));
    beyond.push_str("; ");
    beyond.push_str(finally);
    execute(connection, &beyond).await
}

async fn from_stock(
    admin: &Admin,
    template: &Template,
    owner: i64,
    test: Option<&str>,
) -> Result<Option<DatabaseName>, Error> {
    let mut connection = admin.acquire().await?;
    let name: Option<String> = sqlx::query_scalar(include_str!("../sql/take.sql"))
        .bind(&template.fingerprint)
        .bind(owner)
        .bind(test)
        .fetch_optional(&mut *connection)
        .await
        .map_err(Error::step(STEP))?;
    name.as_deref().map(names::database).transpose()
}

/// Makes clones beside the tests, one after the other, until there are enough.
fn refill(admin: &Arc<Admin>, template: &Arc<Template>) {
    if template.stocking.swap(true, Ordering::AcqRel) {
        return;
    }
    let (admin, template) = (Arc::clone(admin), Arc::clone(template));
    runtime::detach(async move {
        // Whatever goes wrong here goes wrong again, and is said, where a test needs a database.
        if let Err(error) = fill(&admin, &template).await {
            tracing::debug!(%error, "no stock of databases");
        }
        template.stocking.store(false, Ordering::Release);
    });
}

async fn fill(admin: &Admin, template: &Template) -> Result<(), Error> {
    let owner = admin.owner().await?;
    // Given back after each, because tests wait for it.
    while let Some(mut connection) = missing(admin, template).await? {
        let name = names::database(&format!("howdah_test_{}", names::random()?))?;
        let of = (template.fingerprint.as_str(), None);
        register(&mut connection, &name, "making", of, owner).await?;
        let ready = format!(
            "update howdah_testkit.databases set kind = 'stock', owner = null where name = '{}'",
            name.as_str()
        );
        create(admin, &mut connection, template, &name, &ready).await?;
    }
    Ok(())
}

/// A connection to make one more with.
async fn missing(admin: &Admin, template: &Template) -> Result<Option<Lease>, Error> {
    let mut connection = admin.acquire().await?;
    let there: i64 = sqlx::query_scalar(
        "select count(*) from howdah_testkit.databases \
         where template = $1 and kind in ('stock', 'making')",
    )
    .bind(&template.fingerprint)
    .fetch_one(&mut *connection)
    .await
    .map_err(Error::step(STEP))?;
    Ok((there < STOCK).then_some(connection))
}
