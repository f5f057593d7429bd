use howdah_ident::RoleName;
use howdah_pool::{Login, connect};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::Error;

const STEP: &str = "removing the standby";

/// What the server keeps for its standbys: a slot each, and the role of the same name that uses it.
pub(crate) struct Slots {
    connection: PgConnection,
    names: Vec<String>,
}

impl Slots {
    /// Lets the roles in to give their slots back: on a server that `db-up` made, nobody else may connect to the
    /// database `postgres`.
    pub(crate) async fn open(cluster: &Login) -> Result<Self, Error> {
        let mut connection = connect(cluster).await.map_err(Error::step(STEP))?;
        let names: Vec<String> = sqlx::query_scalar(
            r"select slot_name::text from pg_catalog.pg_replication_slots
            join pg_catalog.pg_roles on rolname = slot_name
            where slot_name like 'howdah\_replica\_%'",
        )
        .fetch_all(&mut connection)
        .await
        .map_err(Error::step(STEP))?;
        let mut slots = Self { connection, names };
        slots
            .run("grant connect on database postgres to {role}")
            .await?;
        Ok(slots)
    }

    /// Removes the roles, whose slots are gone.
    pub(crate) async fn forget(mut self) -> Result<(), Error> {
        self.run("drop owned by {role}; drop role {role}").await
    }

    async fn run(&mut self, statement: &str) -> Result<(), Error> {
        for name in &self.names {
            let role = RoleName::new(name.as_str()).map_err(Error::step(STEP))?;
            let sql = statement.replace("{role}", &format!("{role}"));
            self.connection
                .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
                .await
                .map_err(Error::step(STEP))?;
        }
        Ok(())
    }
}
