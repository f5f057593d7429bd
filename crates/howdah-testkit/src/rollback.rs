use std::sync::Arc;

use howdah_ident::DatabaseName;
use howdah_pool::connect;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::admin::{Admin, execute};
use crate::blueprint::Blueprint;
use crate::reap::{Doomed, remove};
use crate::setup::Roles;
use crate::template::{Template, layout, register, take_lock};
use crate::{
    As, Error, Migrator, ReadOnly, Setup, Superuser, TestServer, clone, database, names, runtime,
};

const STEP: &str = "beginning the test's transaction";

/// What a test in rollback mode can ask for: one connection.
pub trait RolledBack {
    /// Whose.
    const ROLE: As;
    /// Makes it from the connection, whose transaction has begun.
    fn of(connection: PgConnection) -> Self;
}

impl RolledBack for PgConnection {
    const ROLE: As = As::App;

    fn of(connection: PgConnection) -> Self {
        connection
    }
}

impl RolledBack for ReadOnly<PgConnection> {
    const ROLE: As = As::ReadOnly;

    fn of(connection: PgConnection) -> Self {
        Self(connection)
    }
}

impl RolledBack for Migrator<PgConnection> {
    const ROLE: As = As::Migrator;

    fn of(connection: PgConnection) -> Self {
        Self(connection)
    }
}

impl RolledBack for Superuser<PgConnection> {
    const ROLE: As = As::Superuser;

    fn of(connection: PgConnection) -> Self {
        Self(connection)
    }
}

/// Knows the transaction, and so whether it was committed.
#[derive(Debug)]
pub(crate) struct Witness {
    admin: Arc<Admin>,
    database: DatabaseName,
    fingerprint: String,
    transaction: String,
}

/// A connection in a transaction, in a database that all tests of the setup share.
pub(crate) async fn begin(
    server: &TestServer,
    setup: &Setup,
    role: As,
) -> Result<(PgConnection, Witness), Error> {
    let admin = Arc::clone(server.admin());
    let wanted = setup.clone();
    let (login, database, fingerprint) = runtime::run(async move {
        let blueprint = Blueprint::get(&wanted)?;
        if blueprint.roles == Roles::Own {
            let what = "roles of its own and a transaction that is rolled back do not go together: \
                        roles are the whole server's";
            return Err(Error::Setup {
                what: what.to_owned(),
            });
        }
        let template = Template::get(&admin, &blueprint).await?;
        let database = shared(&admin, &template).await?;
        let prefix = names::shared_roles(&template.fingerprint);
        let layout = layout(&database, &blueprint, &prefix)?;
        let login = database::login(&admin, &layout, (template.roles, &template.password), role);
        Ok((login, database, template.fingerprint.clone()))
    })
    .await?;
    let mut connection = connect(&login).await.map_err(Error::step(STEP))?;
    // What a test does behind a `rollback` of its own must not stay either.
    sqlx::query("set default_transaction_read_only = on")
        .execute(&mut connection)
        .await
        .map_err(Error::step(STEP))?;
    // The driver counts: `begin` on this connection is a savepoint from now on. Nothing may roll back but its end.
    let begun = connection.begin_with("begin read write").await;
    std::mem::forget(begun.map_err(Error::step(STEP))?);
    let transaction = sqlx::query_scalar(include_str!("../sql/begin_rollback_only.sql"))
        .fetch_one(&mut connection)
        .await
        .map_err(Error::step(STEP))?;
    let witness = Witness {
        admin: Arc::clone(server.admin()),
        database,
        fingerprint,
        transaction,
    };
    Ok((connection, witness))
}

/// The database of all tests in rollback mode of this template; made by the first.
async fn shared(admin: &Arc<Admin>, template: &Template) -> Result<DatabaseName, Error> {
    let owner = admin.owner().await?;
    let name = names::database(&format!("howdah_shared_{}", template.fingerprint))?;
    if is_registered(admin, &name).await? {
        return Ok(name);
    }
    let mut lock = connect(admin.login()).await.map_err(Error::step(STEP))?;
    take_lock(&mut lock, &template.fingerprint).await?;
    if is_registered(admin, &name).await? {
        return Ok(name);
    }
    // Under a name that says it is not complete; a crash leaves it to the next process.
    let draft = names::database(&format!("howdah_test_{}", names::random()?))?;
    let mut connection = admin.acquire().await?;
    let of = (template.fingerprint.as_str(), None);
    register(&mut connection, &draft, "making", of, owner).await?;
    clone::create(admin, &mut connection, template, &draft, "").await?;
    let mut inside = admin.connect_to(&draft).await?;
    execute(&mut inside, include_str!("../sql/rollback_only.sql")).await?;
    drop(inside);
    let finish = format!(
        "alter database {draft} rename to {name}; \
         update howdah_testkit.databases set name = '{}', kind = 'shared', owner = null where name = '{}'",
        name.as_str(),
        draft.as_str()
    );
    execute(&mut connection, &finish).await?;
    Ok(name)
}

async fn is_registered(admin: &Admin, name: &DatabaseName) -> Result<bool, Error> {
    let mut connection = admin.acquire().await?;
    sqlx::query_scalar(
        "select exists (select from howdah_testkit.databases where name = $1 and kind = 'shared')",
    )
    .bind(name.as_str())
    .fetch_one(&mut *connection)
    .await
    .map_err(Error::step(STEP))
}

impl Witness {
    /// Whether the test kept to its transaction. If it did not, the others must not find what it left: the database is
    /// dropped, and the next test makes it anew.
    pub(crate) async fn check(self) -> Result<(), Error> {
        runtime::run(async move {
            let mut connection = self.admin.acquire().await?;
            let status: Option<String> = sqlx::query_scalar("select pg_xact_status($1::xid8)")
                .bind(&self.transaction)
                .fetch_one(&mut *connection)
                .await
                .map_err(Error::step(STEP))?;
            drop(connection);
            if status.as_deref() != Some("committed") {
                return Ok(());
            }
            let doomed = Doomed {
                name: self.database.as_str().to_owned(),
                template: self.fingerprint,
                own_roles: false,
            };
            remove(&self.admin, &doomed).await?;
            let what = "the test committed, and its option `rollback` promises that it does not: \
                        leave the option out, and it has a database of its own";
            Err(Error::Setup {
                what: what.to_owned(),
            })
        })
        .await
    }
}
