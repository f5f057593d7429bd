use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::catalog::Catalog;
use crate::change::{Access, Change, Target};
use crate::plan::Plan;

const DEADLINE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

impl Plan {
    /// After default privileges were changed: waits for the transactions that are making tables under the old ones, and
    /// that nobody sees yet. What they make is found by the plan that comes next. One that lasts is left to a later run,
    /// with a warning in the log.
    pub(crate) async fn settle(&self, connection: &mut PgConnection) -> Result<(), Error> {
        if !self.found.changes.iter().any(is_default) {
            return Ok(());
        }
        let schemas = self.schemas(&self.origin.read(connection).await?);
        let end = Instant::now() + DEADLINE;
        let first: BTreeSet<(i32, String)> = creating(connection, &schemas).await?;
        loop {
            let now = creating(connection, &schemas).await?;
            let Some((pid, application)) = first.intersection(&now).next() else {
                return Ok(());
            };
            if Instant::now() >= end {
                tracing::warn!(
                    pid,
                    application,
                    "this session is still making something: plan again when it has ended"
                );
                return Ok(());
            }
            sleep(PAUSE).await;
        }
    }

    fn schemas(&self, catalog: &Catalog) -> Vec<String> {
        let Some(database) = self.origin.wanted.databases.get(&catalog.executor.database) else {
            return Vec::new();
        };
        let names = catalog.inside.schemas.keys();
        names
            .filter(|name| database.schema(name).is_some())
            .map(|name| name.as_str().to_owned())
            .collect()
    }
}

fn is_default(change: &Change) -> bool {
    let (Change::Grant(Access { target, .. }) | Change::Revoke(Access { target, .. })) = change
    else {
        return false;
    };
    matches!(target, Target::Later { .. })
}

async fn creating(
    connection: &mut PgConnection,
    schemas: &[String],
) -> Result<BTreeSet<(i32, String)>, Error> {
    let rows: Vec<(i32, String)> = sqlx::query_as(include_str!("../sql/creating.sql"))
        .bind(schemas)
        .fetch_all(connection)
        .await
        .map_err(Error::read("who is making something"))?;
    Ok(rows.into_iter().collect())
}
