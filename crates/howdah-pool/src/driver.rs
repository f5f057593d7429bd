//! What the driver can do and its crate does not export: sqlx is pinned to 0.9 because of this module and of
//! [`executor`](crate::executor).

use sqlx::postgres::{PgConnection, PgTransactionManager};
use sqlx_core::transaction::TransactionManager;

/// Transactions and savepoints that were opened through the driver's functions. The driver begins a savepoint where it
/// knows of a transaction, so ours has to be known to it.
pub(crate) fn depth(connection: &PgConnection) -> usize {
    PgTransactionManager::get_transaction_depth(connection)
}

pub(crate) async fn begin(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    PgTransactionManager::begin(connection, None).await
}

pub(crate) async fn commit(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    PgTransactionManager::commit(connection).await
}

pub(crate) async fn rollback(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    PgTransactionManager::rollback(connection).await
}
