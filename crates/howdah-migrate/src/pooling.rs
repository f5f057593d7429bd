use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use crate::simple_query::{column, rows};
use crate::{Connector, Error};

/// Behind a busy pooler, a transaction may meet the session of the one before it by chance.
const LOOKS: usize = 16;
/// A server answers at once; behind a pooler, the look may have to wait for a connection that others have.
const PATIENCE: Duration = Duration::from_secs(10);

/// What stays the same between two transactions of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// Its session of the server.
    Session,
    /// Nothing: a pooler gives each transaction the session that is free.
    Transaction,
}

/// Looks at the way that `conn` goes; once for a connector.
pub(crate) async fn pooling(
    connector: &Connector,
    conn: &mut PgConnection,
) -> Result<Pooling, Error> {
    let look = async {
        let is_pooled = match timeout(PATIENCE, is_pooled(connector, conn)).await {
            Ok(seen) => seen?,
            // A server does not let anybody wait for that.
            Err(_elapsed) => true,
        };
        Ok(if is_pooled {
            Pooling::Transaction
        } else {
            Pooling::Session
        })
    };
    connector.pooling().get_or_try_init(|| look).await.copied()
}

/// A session of the server is the same each time, and no other connection's. A pooler gives whoever asks the session
/// that is free: the same to both if nobody else asks, another one each time if many do.
async fn is_pooled(connector: &Connector, conn: &mut PgConnection) -> Result<bool, Error> {
    let mut other = match connector.another().await {
        Some(Ok(other)) => other,
        // No room for two of this role: a pooler would let them in.
        Some(Err(error)) if error.sqlstate().as_deref() == Some("53300") => return Ok(false),
        Some(Err(error)) => return Err(error),
        None => return Ok(false),
    };
    let seen = share(conn, &mut other).await;
    let closed = other.close().await;
    tracing::trace!(?closed, "closed the connection that was opened to look");
    seen
}

async fn share(conn: &mut PgConnection, other: &mut PgConnection) -> Result<bool, Error> {
    let first = (backend(conn).await?, backend(other).await?);
    for _ in 0..LOOKS {
        let again = (backend(conn).await?, backend(other).await?);
        if first.0 == first.1 || again != first {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The process of the server that serves this connection now.
pub(crate) async fn backend(conn: &mut PgConnection) -> Result<i32, Error> {
    let found = rows(conn, "select pg_catalog.pg_backend_pid() as pid").await;
    let pid = found.and_then(|found| column(found.first().ok_or(sqlx::Error::RowNotFound)?, "pid"));
    pid.map_err(Error::doing("ask which process of the server answers"))
}
