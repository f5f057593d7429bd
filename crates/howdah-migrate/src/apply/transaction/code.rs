use serde_json::Value;
use sqlx::{Connection as _, PgConnection};

use crate::code::Body;
use crate::run::Run;
use crate::simple_query::{column, rows};
use crate::{Error, Failure, Migration};

impl Run<'_> {
    /// In the transaction that has begun; where the next batch goes on, if there is one.
    pub(in crate::apply) async fn code(
        &mut self,
        migration: &Migration,
        body: &Body,
        last: Option<Value>,
    ) -> Result<Option<Value>, Error> {
        let conn = &mut self.conn;
        count_transaction(conn)
            .await
            .map_err(doing("set a savepoint", migration))?;
        let number = number(conn, migration).await?;
        let ran = body.run(conn, last).await;
        // Behind a pooler, the next transaction may be in a session that does not know them; and what they read may
        // change.
        let forgotten = conn.clear_cached_statements().await;
        let next = ran.map_err(|error| failed(Failure::of_code(migration, &*error)))?;
        forgotten.map_err(doing("forget the statements", migration))?;
        is_still_in(conn, migration, &number).await?;
        Ok(next)
    }
}

/// The driver has not begun the transaction and does not count it. It must: one that the code begins is a savepoint then.
/// The count stays with the connection, which nobody else begins a transaction on through the driver.
async fn count_transaction(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    if !conn.is_in_transaction() {
        std::mem::forget(conn.begin_with("savepoint howdah_code").await?);
    }
    Ok(())
}

/// Of the transaction, which then has one: as long as it has written nothing, it has none.
async fn number(conn: &mut PgConnection, migration: &Migration) -> Result<String, Error> {
    let sql = "select pg_catalog.txid_current()::pg_catalog.text as id";
    let doing = || doing("read the number of the transaction", migration);
    let found = rows(conn, sql).await.map_err(doing())?;
    let row = found
        .first()
        .ok_or(sqlx::Error::RowNotFound)
        .map_err(doing())?;
    column(row, "id").map_err(doing())
}

/// What ended the transaction also ended what the ledger and the migration have in common.
async fn is_still_in(
    conn: &mut PgConnection,
    migration: &Migration,
    number: &str,
) -> Result<(), Error> {
    let sql = format!(
        "select pg_catalog.txid_current_if_assigned() is not distinct from {number} as same, \
         pg_catalog.txid_status({number}) = 'committed' as committed"
    );
    let found = match rows(conn, sql).await {
        Err(error) if sqlstate(&error).as_deref() == Some("25P02") => {
            return Err(failed(Failure::said(migration, SWALLOWED.to_owned())));
        }
        found => found.map_err(doing("ask for the transaction", migration))?,
    };
    let is = |name| found.first().and_then(|row| column(row, name).ok()) == Some(true);
    if is("same") {
        return Ok(());
    }
    let mut failure = Failure::said(migration, ENDED.to_owned());
    if is("committed") {
        COMMITTED.clone_into(&mut failure.message);
        failure.next = "take `commit` out of the code, undo what it has done, and run again";
    }
    Err(failed(failure))
}

const SWALLOWED: &str = "it returned without an error after the server had refused a statement, \
     which ends a transaction: let it return the error, or use a savepoint";
const ENDED: &str = "it rolled back the transaction that it runs in, which is not its own";
const COMMITTED: &str = "it committed the transaction that it runs in, which is not its own: what it had done until \
     then is kept, and the ledger does not have it";

fn failed(failure: Failure) -> Error {
    Error::Migration {
        failure: Box::new(failure),
    }
}

fn doing(what: &str, migration: &Migration) -> impl FnOnce(sqlx::Error) -> Error {
    Error::doing(format!("{what} of {}", migration.file()))
}

fn sqlstate(error: &sqlx::Error) -> Option<String> {
    let server = error.as_database_error()?;
    Some(server.code()?.into_owned())
}
