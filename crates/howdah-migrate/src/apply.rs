mod leftover;
mod no_transaction;
mod transaction;

use std::time::Duration;

use crate::run::Run;
use crate::way::Way;
use crate::{Error, Event, Report, check};

impl Run<'_> {
    /// Everything that is pending, up to the target, one after the other.
    pub(crate) async fn apply_pending(&mut self, report: &mut Report) -> Result<(), Error> {
        let plan = self.migrator.plan(&mut self.conn).await?;
        (self.on_event)(Event::Planned(&plan));
        if plan.is_up_to_date() {
            return Ok(());
        }
        let migrations = &self.migrator.migrations;
        let pending = plan.pending().iter();
        check::code(pending.filter_map(|step| migrations.get(step.version)))?;
        let log = self.migrator.log();
        self.migrator
            .ledger()
            .create(&mut self.conn, &plan, &log)
            .await?;
        for step in plan.pending() {
            if let Some(migration) = self.migrator.migrations.get(step.version) {
                report
                    .applied
                    .push(self.one(step, migration, Way::Forward).await?);
            }
        }
        Ok(())
    }
}

fn nanoseconds(elapsed: Duration) -> i64 {
    i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX)
}
