use std::collections::BTreeMap;

use howdah_roles::Layout;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row, raw_sql};

use super::file::Seed;

/// What has run: the checksum of each file by its name.
pub(crate) type Rows = BTreeMap<String, String>;

/// The table `_howdah_seeds` in the project's schema, beside the ledger of the migrations: a schema that is dropped, or
/// another one in the same database, gets its own seeds.
#[derive(Debug)]
pub(crate) struct Ledger<'a> {
    layout: &'a Layout,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(layout: &'a Layout) -> Self {
        Self { layout }
    }

    /// Makes the session that of the owner, as a migration's is.
    pub(crate) async fn prepare(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let sql = format!(
            "{}; set search_path to {}; set statement_timeout to 0",
            self.become_owner(),
            self.layout.schema()
        );
        run(connection, sql).await
    }

    pub(crate) async fn read(&self, connection: &mut PgConnection) -> Result<Rows, sqlx::Error> {
        let exists: bool = sqlx::query_scalar("select pg_catalog.to_regclass($1) is not null")
            .bind(self.table())
            .fetch_one(&mut *connection)
            .await?;
        if !exists {
            return Ok(Rows::new());
        }
        let sql = format!("select name, checksum from {}", self.table());
        let rows = connection.fetch_all(raw_sql(AssertSqlSafe(sql))).await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// Begins the transaction of a file, and says which one it is.
    pub(crate) async fn begin(&self, connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
        run(connection, "begin".to_owned()).await?;
        current_transaction(connection).await
    }

    /// Whether the file has left that transaction open.
    pub(crate) async fn is_in(
        &self,
        connection: &mut PgConnection,
        transaction: i64,
    ) -> Result<bool, sqlx::Error> {
        Ok(current_transaction(connection).await? == transaction)
    }

    /// Writes the row, and keeps both it and what the file did.
    pub(crate) async fn commit(
        &self,
        connection: &mut PgConnection,
        seed: &Seed,
    ) -> Result<(), sqlx::Error> {
        // The file may have changed the role. `if not exists` would tell the person, each time, that it does.
        run(connection, self.become_owner()).await?;
        let table = self.table();
        run(
            connection,
            format!(
                "set local client_min_messages to warning; \
                 create table if not exists {table} ( \
                   name text primary key, \
                   checksum text not null, \
                   applied_at timestamptz not null default now() \
                 )"
            ),
        )
        .await?;
        let upsert = format!(
            "insert into {table} (name, checksum) values ($1, $2) \
             on conflict (name) do update set checksum = excluded.checksum, applied_at = now()"
        );
        sqlx::query(AssertSqlSafe(upsert))
            .bind(&seed.name)
            .bind(&seed.checksum)
            .execute(&mut *connection)
            .await?;
        run(connection, "commit".to_owned()).await
    }

    fn become_owner(&self) -> String {
        format!(
            "reset session authorization; set role {}",
            self.layout.owner()
        )
    }

    fn table(&self) -> String {
        format!("{}._howdah_seeds", self.layout.schema())
    }
}

async fn current_transaction(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select pg_catalog.txid_current()")
        .fetch_one(connection)
        .await
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    connection.execute(raw_sql(AssertSqlSafe(sql))).await?;
    Ok(())
}
