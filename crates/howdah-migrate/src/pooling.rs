use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, timeout};

use crate::simple_query::{column, rows, run};
use crate::{Connector, Error};

/// What two programs may differ in, when they look at their clocks.
const SLACK: Duration = Duration::from_secs(1);
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

/// A process of the server, and how long it has been there.
struct Backend {
    pid: i32,
    age: Duration,
}

/// Looks at the way that `conn` goes, which was opened at `opened`; once for a connector.
pub(crate) async fn pooling(
    connector: &Connector,
    conn: &mut PgConnection,
    opened: Instant,
) -> Result<Pooling, Error> {
    let look = async {
        let is_pooled = match timeout(PATIENCE, is_pooled(connector, conn, opened)).await {
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

/// A session of the server is younger than its connection, and its connection's alone. A pooler gives the session that
/// became free last (or first) to whoever asks next: two connections that come and go crosswise change places then.
async fn is_pooled(
    connector: &Connector,
    conn: &mut PgConnection,
    opened: Instant,
) -> Result<bool, Error> {
    let doing = || Error::doing("look whether a pooler stands in between");
    let first = backend(conn).await.map_err(doing())?;
    if first.age > opened.elapsed() + SLACK {
        return Ok(true);
    }
    let mut other = match connector.another().await {
        Some(Ok(other)) => other,
        // No room for two of this role: a pooler would let them in.
        Some(Err(error)) if error.sqlstate().as_deref() == Some("53300") => return Ok(false),
        Some(Err(error)) => return Err(error),
        None => return Ok(false),
    };
    let seen = change_places(conn, &mut other, first.pid)
        .await
        .map_err(doing());
    let closed = other.close().await;
    tracing::trace!(?closed, "closed the connection that was opened to look");
    seen
}

async fn change_places(
    conn: &mut PgConnection,
    other: &mut PgConnection,
    first: i32,
) -> Result<bool, sqlx::Error> {
    run(other, "begin").await?;
    if backend(other).await?.pid == first {
        return Ok(true);
    }
    run(conn, "begin").await?;
    let inside = backend(conn).await?.pid;
    run(conn, "commit").await?;
    run(other, "commit").await?;
    let behind = [backend(conn).await?.pid, backend(conn).await?.pid];
    Ok([inside, behind[0], behind[1]]
        .iter()
        .any(|pid| *pid != first))
}

async fn backend(conn: &mut PgConnection) -> Result<Backend, sqlx::Error> {
    let found = rows(conn, include_str!("../sql/backend.sql")).await?;
    let row = found.first().ok_or(sqlx::Error::RowNotFound)?;
    let age: f64 = column(row, "age")?;
    Ok(Backend {
        pid: column(row, "pid")?,
        age: Duration::try_from_secs_f64(age).unwrap_or_default(),
    })
}
