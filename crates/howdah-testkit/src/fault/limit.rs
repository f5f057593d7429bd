use std::thread;

use howdah_ident::RoleName;
use howdah_pool::{Login, connect};
use sqlx::AssertSqlSafe;
use tokio::runtime;
use tokio::time::timeout;

use super::Error;
use super::wait::DEADLINE;

/// What an administrator restricts, until it is lifted: new sessions meet it, those that are open go on.
#[derive(Debug)]
#[must_use = "the limit is lifted when this is dropped"]
pub struct Limit {
    superuser: Login,
    undo: Option<String>,
}

impl Limit {
    /// So many sessions of this role at once; the next one fails with 53300. A superuser is not limited.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn role_connections(
        superuser: &Login,
        role: &RoleName,
        most: u16,
    ) -> Result<Self, Error> {
        let limit = |most: i32| format!("alter role {role} connection limit {most}");
        let was = "select rolconnlimit from pg_catalog.pg_roles where rolname = $1";
        Self::number(superuser, (was, role.as_str()), most, limit).await
    }

    /// So many sessions in the superuser's database at once; the next one fails with 53300.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn database_connections(superuser: &Login, most: u16) -> Result<Self, Error> {
        let database = &superuser.database;
        let limit = |most: i32| format!("alter database {database} connection limit {most}");
        let was = "select datconnlimit from pg_catalog.pg_database where datname = $1";
        Self::number(superuser, (was, database.as_str()), most, limit).await
    }

    /// New sessions in the superuser's database cannot write (25006), as on a server that was taken out of service or
    /// has run out of disk at a provider. They can ask for it again: `set default_transaction_read_only = off`.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn read_only(superuser: &Login) -> Result<Self, Error> {
        let database = &superuser.database;
        let set = format!("alter database {database} set default_transaction_read_only = on");
        let undo = format!("alter database {database} reset default_transaction_read_only");
        Self::set(superuser, set, undo).await
    }

    /// Lifts it, and returns when it is done. Dropping does the same, and only logs what fails.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn lift(mut self) -> Result<(), Error> {
        let undo = self.undo.take().unwrap_or_default();
        run(&self.superuser, undo).await
    }

    async fn number(
        superuser: &Login,
        (was, name): (&'static str, &str),
        most: u16,
        limit: impl Fn(i32) -> String + Send,
    ) -> Result<Self, Error> {
        let (set, undo) = {
            let mut connection = connect(superuser).await.map_err(Error::step(STEP))?;
            let before: i32 = sqlx::query_scalar(was)
                .bind(name)
                .fetch_one(&mut connection)
                .await
                .map_err(Error::step(STEP))?;
            (limit(most.into()), limit(before))
        };
        Self::set(superuser, set, undo).await
    }

    async fn set(superuser: &Login, set: String, undo: String) -> Result<Self, Error> {
        // Made first: what is set half-way is undone, too.
        let limit = Self {
            superuser: superuser.clone(),
            undo: Some(undo),
        };
        run(superuser, set).await?;
        Ok(limit)
    }
}

const STEP: &str = "setting or lifting a limit";

impl Drop for Limit {
    fn drop(&mut self) {
        let Some(undo) = self.undo.take() else { return };
        let superuser = self.superuser.clone();
        // A destructor cannot wait for a future of the test's own runtime.
        let lifted = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(Error::step(STEP))?;
            runtime.block_on(async {
                let lifted = timeout(DEADLINE, run(&superuser, undo)).await;
                lifted.map_err(Error::step(STEP))?
            })
        });
        if let Ok(Err(error)) = lifted.join() {
            tracing::warn!(%error, "a limit could not be lifted");
        }
    }
}

async fn run(superuser: &Login, statement: String) -> Result<(), Error> {
    let mut connection = connect(superuser).await.map_err(Error::step(STEP))?;
    // Read-only sessions by default are one of the limits, and this is such a session when it is lifted.
    let statement = format!("begin read write; {statement}; commit");
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .map_err(Error::step(STEP))?;
    Ok(())
}
