use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::Instant;

use super::Unit;
use crate::code::Code;
use crate::run::Run;
use crate::simple_query::{column, rows, run};
use crate::{Error, Failure, Migration, Migrator, session};

impl Run<'_> {
    /// The driver keeps the transaction here, so that one which the code begins is a savepoint in it.
    pub(super) async fn attempt_code(
        &mut self,
        unit: Unit<'_>,
        code: &Code,
    ) -> Result<Duration, Error> {
        let (_, migration) = unit.parts();
        let mut transaction = self
            .conn
            .begin()
            .await
            .map_err(doing("begin the transaction", migration))?;
        let ran = code_and_record(self.migrator, &mut transaction, unit, code).await;
        let ran = match ran {
            Ok(elapsed) => transaction
                .commit()
                .await
                // Deferred constraints are checked here.
                .map_err(|error| failed(Failure::without_place(migration, &error)))
                .map(|()| elapsed),
            Err(error) => {
                if let Err(error) = transaction.rollback().await {
                    tracing::debug!(%error, "the transaction of the code did not end in order");
                }
                Err(error)
            }
        };
        // The next migration may change what they read.
        let forgotten = self.conn.clear_cached_statements().await;
        let elapsed = ran?;
        forgotten.map_err(doing("forget the statements", migration))?;
        if self.conn.is_in_transaction() {
            return Err(failed(Failure::said(migration, SAVEPOINT.to_owned())));
        }
        Ok(elapsed)
    }
}

async fn code_and_record(
    migrator: &Migrator,
    conn: &mut PgConnection,
    unit: Unit<'_>,
    code: &Code,
) -> Result<Duration, Error> {
    let begun = Instant::now();
    let (_, migration) = unit.parts();
    let transaction = number(conn, migration).await?;
    if let Some(body) = &code.body {
        body.run(conn)
            .await
            .map_err(|error| failed(Failure::of_code(migration, &*error)))?;
    }
    is_still_in(conn, migration, &transaction).await?;
    session::set_role(conn, &migrator.options).await?;
    let elapsed = begun.elapsed();
    run(conn, Run::record(migrator, unit, elapsed))
        .await
        .map_err(doing("write the ledger's row", migration))?;
    Ok(elapsed)
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
    begun: &str,
) -> Result<(), Error> {
    let sql = format!(
        "select pg_catalog.txid_current_if_assigned() is not distinct from {begun} as same, \
         pg_catalog.txid_status({begun}) = 'committed' as committed"
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
const SAVEPOINT: &str = "it returned in a transaction of its own, which it has not ended";
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
