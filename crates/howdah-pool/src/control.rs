use sqlx::postgres::PgConnection;
use tokio::sync::Mutex;

use crate::open::open;
use crate::shared::Shared;

/// One connection beside those of the callers, made when it is needed: to cancel a statement on the server, the others
/// may all be taken.
#[derive(Debug, Default)]
pub(crate) struct Control(Mutex<Option<PgConnection>>);

impl Control {
    /// Cancels what this process of the server does. When this returns `true`, the server has been told: a statement
    /// that answers afterwards was begun after that.
    pub(crate) async fn cancel(&self, shared: &Shared, pid: i32) -> bool {
        let mut held = self.0.lock().await;
        // The one at hand may have died since it was used last; a new one has not.
        for _ in 0..2 {
            // Taken out: a connection on which this is given up half-way is not used again.
            let connection = match held.take() {
                Some(connection) => Some(connection),
                None => open(shared).await.ok().map(|session| session.pg),
            };
            let Some(mut connection) = connection else {
                return false;
            };
            if let Ok(told) = tell(&mut connection, pid).await {
                *held = Some(connection);
                return told;
            }
        }
        false
    }

    /// Lets it go.
    pub(crate) async fn close(&self) {
        if let Some(connection) = self.0.lock().await.take() {
            drop(sqlx::Connection::close(connection).await);
        }
    }
}

async fn tell(connection: &mut PgConnection, pid: i32) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select pg_catalog.pg_cancel_backend($1)")
        .bind(pid)
        .fetch_one(connection)
        .await
}
