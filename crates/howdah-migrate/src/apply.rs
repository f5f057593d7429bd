mod batches;
mod detach;
mod elapsed;
mod file_role;
mod leftover;
mod no_transaction;
mod reindex;
mod take_back;
mod told;
mod transaction;
mod whole_file;

use std::time::Duration;

use crate::message::Message;
use crate::run::{Hold, Run};
use crate::way::Way;
use crate::{Error, Event, Plan, Report, State, Step, check};

impl Run<'_> {
    /// Everything that is pending, up to the target, one after the other.
    pub(crate) async fn apply_pending(&mut self, report: &mut Report) -> Result<(), Error> {
        let plan = self.agree().await?;
        for step in plan.to_do() {
            let Some(migration) = self.migrator.migrations.get(step.version) else {
                continue;
            };
            if matches!(step.state, State::Replacing | State::Unsettled) {
                report.replaced.push(self.replace(migration).await?);
                continue;
            }
            let done = self.one(step, migration, Way::Forward).await?;
            report.applied.extend(done);
        }
        Ok(())
    }

    /// Plans once more, now that nobody else can change anything, and makes the ledger.
    pub(crate) async fn agree(&mut self) -> Result<Plan, Error> {
        self.begin(None).await?;
        let plan = self.migrator.plan(&mut self.conn).await?;
        (self.on_event)(Event::Planned(&plan));
        self.refuse_sessions(plan.pending())?;
        let migrations = &self.migrator.migrations;
        let pending = plan.pending().iter();
        check::code(pending.filter_map(|step| migrations.get(step.version)))?;
        if plan.needs_apply() {
            self.create(&plan).await?;
        }
        self.commit_own(Message::default()).await?;
        Ok(plan)
    }

    /// Behind a pooler there is none, which is found before anything runs.
    pub(crate) fn refuse_sessions(&self, steps: &[Step]) -> Result<(), Error> {
        let outside = steps
            .iter()
            .filter(|step| !step.transactional && step.state != State::Replacing);
        let files: Vec<String> = outside.map(|step| step.file.clone()).collect();
        match self.hold {
            Hold::Transaction(_) if !files.is_empty() => Err(Error::NeedsSession { files }),
            _ => Ok(()),
        }
    }
}

fn nanoseconds(elapsed: Duration) -> i64 {
    i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX)
}
