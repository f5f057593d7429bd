use super::no_transaction::Work;
use crate::message::Message;
use crate::run::Run;
use crate::way::Way;
use crate::{Act, Error, Failure, Migration};

const DROPPED: &str =
    "make these rows unique and run again; the invalid index that was left is dropped";

impl Run<'_> {
    /// After an error that the server told: if nothing of the file has run, nothing is left, as if it never began.
    pub(super) async fn not_gone_on(
        &mut self,
        work: &Work<'_>,
        mut error: Error,
        nothing_ran: bool,
    ) -> Error {
        let (Error::Migration { failure } | Error::Blocked { failure, .. }) = &mut error else {
            return error;
        };
        if let Err(error) = self.take_back(work, failure, nothing_ran).await {
            let file = work.migration.file();
            tracing::warn!(%error, file, "what the migration left stays until the next run");
        }
        error
    }

    async fn take_back(
        &mut self,
        work: &Work<'_>,
        failure: &mut Failure,
        nothing_ran: bool,
    ) -> Result<(), Error> {
        if self.in_transaction {
            self.roll_back(work.migration).await?;
        }
        // The log has it as one that began and did not end: the next run finds it so.
        if let Some(next) = self.is_half_detached(work).await? {
            failure.next = next;
            return Ok(());
        }
        // "It is there already": then it is not ours, and somebody may be building it just now.
        let is_ours = failure.sqlstate.as_deref() != Some("42P07");
        let dropped = if is_ours {
            self.drop_leftovers(work).await?
        } else {
            Vec::new()
        };
        for index in &dropped {
            tracing::info!(index, "dropped the invalid index that a failed build left");
        }
        if failure.sqlstate.as_deref() == Some("23505") && !dropped.is_empty() {
            failure.next = DROPPED;
        }
        self.note(work, Act::StatementFailed).await?;
        if nothing_ran {
            self.unopen(work.migration, work.way).await?;
        }
        Ok(())
    }

    /// As if it never began.
    pub(super) async fn unopen(&mut self, migration: &Migration, way: Way) -> Result<(), Error> {
        let (ledger, version) = (self.migrator.ledger(), migration.version());
        let row = match way {
            Way::Forward => ledger.forget(version),
            Way::Back => ledger.close_again(version),
        };
        let doing = format!("take back the ledger's row of {}", migration.file());
        self.write(Message::default().and(doing, row)).await
    }
}
