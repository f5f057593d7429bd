mod leftover;
mod no_transaction;
mod transaction;

use std::time::Duration;

use crate::run::Run;
use crate::way::Way;
use crate::{Error, Event, Report, State};

impl Run<'_> {
    /// Everything that is pending, up to the target, one after the other.
    pub(crate) async fn apply_pending(&mut self, report: &mut Report) -> Result<(), Error> {
        let plan = self.migrator.plan(&mut self.conn).await?;
        (self.on_event)(Event::Planned(&plan));
        if plan.is_up_to_date() {
            return Ok(());
        }
        let log = self.migrator.log();
        self.migrator
            .ledger()
            .create(&mut self.conn, &plan, &log)
            .await?;
        for step in plan.pending() {
            let Some(migration) = self.migrator.migrations.get(step.version) else {
                continue;
            };
            if step.state == State::Replacing {
                report.replaced.push(self.replace(migration).await?);
                continue;
            }
            report
                .applied
                .push(self.one(step, migration, Way::Forward).await?);
            if !migration.replaced().is_empty() {
                self.settle(migration).await?;
            }
        }
        Ok(())
    }
}

fn nanoseconds(elapsed: Duration) -> i64 {
    i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX)
}
