use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Run, nanoseconds};
use crate::backoff::Backoff;
use crate::simple_query::{run, script};
use crate::{Blocker, Error, Event, Failure, Migration, Step, session};

impl Run<'_> {
    /// Tries until it is applied, fails for another reason than locks, or the deadline for locks is over.
    pub(super) async fn in_transaction(
        &mut self,
        step: &Step,
        migration: &Migration,
    ) -> Result<Duration, Error> {
        let begun = Instant::now();
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        loop {
            let failure = match self.attempt(migration).await {
                Err(Error::Migration { failure }) if is_lock_conflict(&failure) => failure,
                result => return result,
            };
            // The login may see more of other sessions than the owner may.
            run(&mut self.conn, "rollback; reset role")
                .await
                .map_err(Error::doing("roll back the migration"))?;
            self.in_transaction = false;
            let options = &self.migrator.options;
            let blockers = Blocker::of_migration(&mut self.conn, &options.schema, migration)
                .await
                .map_err(Error::doing("look who holds the table locks"))?;
            let waited = begun.elapsed();
            let delay = backoff.delay();
            if waited + delay >= options.lock_deadline {
                return Err(Error::Blocked {
                    waited,
                    blockers,
                    failure,
                });
            }
            tracing::warn!(
                file = migration.file(),
                ?delay,
                "no table lock, trying again"
            );
            (self.on_event)(Event::Retrying {
                step,
                blockers: &blockers,
                delay,
            });
            sleep(delay).await;
            session::prepare(&mut self.conn, options, Some(migration)).await?;
        }
    }

    /// The file and its row, both or neither.
    async fn attempt(&mut self, migration: &Migration) -> Result<Duration, Error> {
        let begun = Instant::now();
        let doing = |doing: &str| Error::doing(format!("{doing} of {}", migration.file()));
        run(&mut self.conn, "begin")
            .await
            .map_err(doing("begin the transaction"))?;
        self.in_transaction = true;
        script(&mut self.conn, migration.sql())
            .await
            .map_err(|(ended, error)| Error::Migration {
                failure: Box::new(Failure::new(migration, ended, &error)),
            })?;
        session::set_role(&mut self.conn, &self.migrator.options).await?;
        let insert = self
            .migrator
            .ledger()
            .insert(migration, true, nanoseconds(begun.elapsed()));
        run(&mut self.conn, insert)
            .await
            .map_err(doing("write the ledger's row"))?;
        // Deferred constraints are checked here.
        run(&mut self.conn, "commit")
            .await
            .map_err(|error| Error::Migration {
                failure: Box::new(Failure::without_place(migration, &error)),
            })?;
        self.in_transaction = false;
        Ok(begun.elapsed())
    }
}

/// Nothing of the file is kept then, so it can simply run again.
fn is_lock_conflict(failure: &Failure) -> bool {
    matches!(failure.sqlstate.as_deref(), Some("55P03" | "40P01"))
}
