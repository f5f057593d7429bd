use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use crate::advisory_lock::{self, LockKey};
use crate::log::Note;
use crate::simple_query::run;
use crate::way::Way;
use crate::{Act, Back, Done, Error, Event, Migration, Migrator, Report, Step, session};

/// The time for saying goodbye to a server that may not answer any more.
const GOODBYE: Duration = Duration::from_secs(5);

/// What a run is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Job<'a> {
    Apply,
    Revert(Back),
    /// Writes the ledger without running anything.
    Stamp {
        reason: &'a str,
    },
    /// Puts rows of the ledger right without running anything.
    Repair {
        reason: &'a str,
    },
}

/// A connection that holds the lock, or is about to.
pub(crate) struct Run<'a> {
    pub(crate) migrator: &'a Migrator,
    pub(crate) conn: PgConnection,
    pub(crate) on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
    pub(crate) key: Option<LockKey>,
    pub(crate) in_transaction: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        migrator: &'a Migrator,
        conn: PgConnection,
        on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
    ) -> Self {
        Self {
            migrator,
            conn,
            on_event,
            key: None,
            in_transaction: false,
        }
    }

    /// Whatever happens, the lock is free when this returns, and the connection closed.
    pub(crate) async fn finish(mut self, job: Job<'_>) -> Result<Report, Error> {
        let result = self.run(job).await;
        self.close().await;
        result
    }

    pub(crate) async fn close(self) {
        let goodbye = goodbye(self.conn, self.key, self.in_transaction);
        if !matches!(timeout(GOODBYE, goodbye).await, Ok(Ok(()))) {
            tracing::debug!("the connection of the migrations did not close in order");
        }
    }

    async fn run(&mut self, job: Job<'_>) -> Result<Report, Error> {
        if !self.has_work(job).await? {
            return Ok(Report::default());
        }
        let mut report = Report {
            waited: self.begin_alone().await?,
            ..Report::default()
        };
        // What was read before the lock may be old: another replica may have done everything.
        match job {
            Job::Apply => self.apply_pending(&mut report).await?,
            Job::Revert(back) => self.revert(back, &mut report).await?,
            Job::Stamp { reason } => self.stamp(reason, &mut report).await?,
            Job::Repair { reason } => self.repair(reason, &mut report).await?,
        }
        Ok(report)
    }

    /// Takes the lock, and becomes the owner; how long the lock took.
    pub(crate) async fn begin_alone(&mut self) -> Result<Duration, Error> {
        let options = &self.migrator.options;
        let (key, waited) = advisory_lock::acquire(
            &mut self.conn,
            &options.schema,
            options.lock_deadline,
            self.on_event,
        )
        .await?;
        self.key = Some(key);
        session::prepare(&mut self.conn, options, None).await?;
        Ok(waited)
    }

    /// Without the lock: most starts of a service find nothing to do.
    async fn has_work(&mut self, job: Job<'_>) -> Result<bool, Error> {
        let migrator = self.migrator;
        Ok(match job {
            Job::Apply | Job::Stamp { .. } => !migrator.plan(&mut self.conn).await?.is_up_to_date(),
            Job::Revert(back) => !migrator.plan_revert(&mut self.conn, back).await?.is_empty(),
            Job::Repair { .. } => !migrator.plan_repair(&mut self.conn).await?.is_empty(),
        })
    }

    /// One file, with all that is said and written about it.
    pub(crate) async fn one(
        &mut self,
        step: &Step,
        migration: &Migration,
        way: Way,
    ) -> Result<Done, Error> {
        let version = migration.version().as_i64();
        tracing::info!(version, file = migration.file(), "migration begins");
        session::prepare(&mut self.conn, &self.migrator.options, Some(migration)).await?;
        if let Some(key) = self.key {
            advisory_lock::check_held(&mut self.conn, key).await?;
        }
        (self.on_event)(Event::Started(step));
        let ran = if migration.is_transactional() {
            self.in_transaction(step, migration, way).await
        } else {
            self.outside_transaction(step, migration, way).await
        };
        let elapsed = match ran {
            Ok(elapsed) => elapsed,
            Err(error) => {
                self.note_failure(migration, &error).await;
                return Err(error);
            }
        };
        let done = Done {
            version: step.version,
            description: step.description.clone(),
            elapsed,
        };
        tracing::info!(version, ?elapsed, "migration ended");
        (self.on_event)(Event::Finished(&done));
        Ok(done)
    }

    /// For the log alone: whoever called gets the error itself.
    async fn note_failure(&mut self, migration: &Migration, error: &Error) {
        let (Error::Migration { failure } | Error::Blocked { failure, .. }) = error else {
            return;
        };
        let mut note = Note::new(Act::Failed, migration);
        note.failure = Some(failure);
        let entry = self.migrator.log().insert(&note);
        if self.in_transaction && self.roll_back(migration).await.is_err() {
            return;
        }
        if let Err(error) = self.as_owner(entry).await {
            tracing::debug!(%error, "the failure is not in the log");
        }
    }

    /// Statements of our own, after a file that may have set another role or other settings.
    pub(crate) async fn as_owner(&mut self, sql: String) -> Result<(), sqlx::Error> {
        let role = session::role(&self.migrator.options);
        run(&mut self.conn, format!("{role};\n{sql}")).await
    }
}

async fn goodbye(
    mut conn: PgConnection,
    key: Option<LockKey>,
    in_transaction: bool,
) -> Result<(), sqlx::Error> {
    if in_transaction {
        // In a failed transaction nothing else would be heard.
        run(&mut conn, "rollback").await?;
    }
    if let Some(key) = key {
        advisory_lock::release(&mut conn, key).await?;
    }
    conn.close().await
}
