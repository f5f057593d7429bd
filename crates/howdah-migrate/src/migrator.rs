use std::sync::Arc;

use sqlx::PgConnection;

use crate::adopt::adoption;
use crate::ledger::{Contents, Ledger};
use crate::log::Log;
use crate::repair::edited;
use crate::revert::reversal;
use crate::run::{Job, Run};
use crate::verify::{Unfinished, examine};
use crate::{
    Adoption, Back, Connector, Entry, Error, Event, Legacy, Migration, Migrations, Options, Plan,
    Report, Reversal, Stop, Version,
};

/// Brings a schema to the state that a set of migrations describes.
#[derive(Debug, Clone)]
pub struct Migrator {
    pub(crate) migrations: Arc<Migrations>,
    pub(crate) options: Options,
    pub(crate) stop: Stop,
}

impl Migrator {
    /// For these migrations, in the place that the options name.
    pub fn new(migrations: Migrations, options: Options) -> Self {
        Self {
            migrations: Arc::new(migrations),
            options,
            stop: Stop::new(),
        }
    }

    /// The same, ended early when `stop` is asked.
    #[must_use]
    pub fn until(self, stop: &Stop) -> Self {
        Self {
            stop: stop.clone(),
            ..self
        }
    }

    /// The same migrations with other options.
    #[must_use]
    pub fn with_options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Reads the ledger, verifies everything, and says what [`Migrator::apply`] would do.
    ///
    /// It writes nothing, and works in a read-only transaction, without a ledger or a schema, and for a
    /// role that may only read the ledger.
    ///
    /// # Errors
    /// [`Error::Refused`] with all that is wrong: an applied file that was edited or is gone, a migration
    /// that is older than the newest one applied, a row that another tool left unfinished, a pending file
    /// that cannot run. [`Error::Database`] if the ledger cannot be read.
    pub async fn plan(&self, conn: &mut PgConnection) -> Result<Plan, Error> {
        let plan = self.examine(conn).await?;
        plan.into_sound()
            .map_err(|problems| Error::Refused { problems })
    }

    /// As [`Migrator::plan`], for somebody who wants to see where each migration stands even where something is wrong:
    /// what `plan` refuses is in [`Plan::problems`], beside the state of everything.
    ///
    /// # Errors
    /// [`Error::Database`] if the ledger cannot be read.
    pub async fn examine(&self, conn: &mut PgConnection) -> Result<Plan, Error> {
        let contents = self.read(conn).await?;
        let forward = Unfinished::MustLeadForward;
        Ok(examine(&self.migrations, &contents, &self.options, forward))
    }

    /// Reads the ledger, verifies everything, and says what [`Migrator::revert`] would take back.
    ///
    /// # Errors
    /// As [`Migrator::plan`]; [`Error::Refused`] also if one of them has no `.down.sql`, or is unfinished.
    pub async fn plan_revert(
        &self,
        conn: &mut PgConnection,
        back: Back,
    ) -> Result<Reversal, Error> {
        let contents = self.read(conn).await?;
        reversal(self, &contents, back).map_err(|problems| Error::Refused { problems })
    }

    /// The applied migrations whose files were edited since: those whose checksum [`Migrator::repair`] would write.
    ///
    /// # Errors
    /// [`Error::Database`] if the ledger cannot be read.
    pub async fn plan_repair(&self, conn: &mut PgConnection) -> Result<Vec<Migration>, Error> {
        let contents = self.read(conn).await?;
        Ok(edited(self, &contents))
    }

    /// Applies what is pending, one process at a time, and tells `on_event` about it.
    ///
    /// It has a connection of its own and closes it: with the connection goes the lock, also when this future is
    /// dropped. If nothing is pending, it takes no lock and writes nothing.
    ///
    /// Through a pooler in transaction mode, each transaction takes the lock for itself; a migration outside a
    /// transaction is refused there before anything runs.
    ///
    /// # Errors
    /// [`Error::Connect`]. Those of [`Migrator::plan`] and [`Error::NeedsSession`], before anything runs. [`Error::LockTimeout`] and [`Error::LockLost`]
    /// for the migration lock. [`Error::Blocked`] and [`Error::Migration`] for a migration; the ones
    /// before it stay applied. [`Error::Database`] for the statements around them.
    pub async fn apply(
        &self,
        connector: impl Into<Connector> + Send,
        mut on_event: impl FnMut(Event<'_>) + Send,
    ) -> Result<Report, Error> {
        Run::of(self, connector.into(), Job::Apply, &mut on_event).await
    }

    /// Takes migrations back by their `.down.sql` files, the newest first, and tells `on_event` about it. What it takes
    /// back may hold data, which is lost.
    ///
    /// It goes on only past what it can take back: if one of them has no way back, nothing runs. Connection, lock and
    /// crashes are as in [`Migrator::apply`].
    ///
    /// # Errors
    /// Those of [`Migrator::plan_revert`] and [`Migrator::apply`].
    pub async fn revert(
        &self,
        connector: impl Into<Connector> + Send,
        back: Back,
        mut on_event: impl FnMut(Event<'_>) + Send,
    ) -> Result<Report, Error> {
        let job = Job::Revert(back);
        Run::of(self, connector.into(), job, &mut on_event).await
    }

    /// Writes what is pending, up to [`Options::target`], into the ledger and runs nothing of it: for a database that
    /// has it already. The log keeps the reason.
    ///
    /// # Errors
    /// Those of [`Migrator::apply`] but [`Error::Migration`] and [`Error::Blocked`].
    pub async fn stamp(
        &self,
        connector: impl Into<Connector> + Send,
        reason: &str,
        mut on_event: impl FnMut(Event<'_>) + Send,
    ) -> Result<Report, Error> {
        let job = Job::Stamp { reason };
        Run::of(self, connector.into(), job, &mut on_event).await
    }

    /// Writes the checksums of today's files over those in the ledger, for files that were edited after they were
    /// applied and that mean the same as before. Nothing is run. The log keeps the reason.
    ///
    /// # Errors
    /// [`Error::LockTimeout`], [`Error::LockLost`] and [`Error::Database`].
    pub async fn repair(
        &self,
        connector: impl Into<Connector> + Send,
        reason: &str,
        mut on_event: impl FnMut(Event<'_>) + Send,
    ) -> Result<Report, Error> {
        let job = Job::Repair { reason };
        Run::of(self, connector.into(), job, &mut on_event).await
    }

    /// Gives up a migration outside a transaction that began and did not end, after somebody has undone by hand what it
    /// had done: it is pending again, and begins at its first statement. If it was its way back that began, it is applied
    /// again. Nothing is run, the file may be gone, and the log keeps the reason.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is not unfinished, [`Error::NoSuchVersion`] if there is no such migration;
    /// [`Error::Connect`], [`Error::LockTimeout`], [`Error::LockLost`] and [`Error::Database`].
    pub async fn abandon(
        &self,
        connector: impl Into<Connector> + Send,
        version: Version,
        reason: &str,
        mut on_event: impl FnMut(Event<'_>) + Send,
    ) -> Result<Report, Error> {
        let job = Job::Abandon { version, reason };
        Run::of(self, connector.into(), job, &mut on_event).await
    }

    /// Reads the ledger of another tool, and says which of the files it has applied, as [`Migrator::adopt`] would write
    /// it. It writes nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] with all that is wrong: no such table or several, a migration that began there and did not
    /// end, an entry without a file or with several, a file that was edited, a hole. [`Error::Database`] if something
    /// cannot be read.
    pub async fn plan_adopt(
        &self,
        conn: &mut PgConnection,
        legacy: &Legacy,
    ) -> Result<Adoption, Error> {
        adoption(self, conn, legacy).await
    }

    /// Writes into the ledger what another tool has applied, and runs nothing. The log says where each comes from; the
    /// other ledger stays as it is, and a second call does nothing.
    ///
    /// # Errors
    /// Those of [`Migrator::plan_adopt`]; [`Error::Connect`], [`Error::LockTimeout`] and [`Error::LockLost`].
    pub async fn adopt(
        &self,
        connector: impl Into<Connector> + Send,
        legacy: &Legacy,
        mut on_event: impl FnMut(Event<'_>) + Send,
    ) -> Result<Report, Error> {
        let job = Job::Adopt(legacy);
        Run::of(self, connector.into(), job, &mut on_event).await
    }

    /// What the log says, the oldest first: who applied, failed, reverted or repaired what, and when.
    ///
    /// It writes nothing; without a log there is nothing. The log is this crate's: what sqlx applies is in the ledger
    /// alone.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn history(&self, conn: &mut PgConnection) -> Result<Vec<Entry>, Error> {
        self.ledger().history(conn, &self.log()).await
    }

    /// Where they run, as whom, and how long they may wait.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The tables that this crate keeps for itself, quoted: the ledger and its log.
    pub fn own_tables(&self) -> [String; 2] {
        [self.ledger().table(), self.log().table()]
    }

    pub(crate) async fn read(&self, conn: &mut PgConnection) -> Result<Contents, Error> {
        self.ledger().read(conn, &self.log()).await
    }

    pub(crate) fn log(&self) -> Log<'_> {
        Log::new(&self.options)
    }

    pub(crate) fn ledger(&self) -> Ledger<'_> {
        Ledger::new(&self.options)
    }
}
