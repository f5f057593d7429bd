mod leftover;
mod no_transaction;
mod transaction;

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use crate::advisory_lock::{self, LockKey};
use crate::log::Note;
use crate::simple_query::run;
use crate::{Act, Done, Error, Event, Migration, Migrator, Report, Step, session};

/// The time for saying goodbye to a server that may not answer any more.
const GOODBYE: Duration = Duration::from_secs(5);

/// One `apply`: a connection that holds the lock, or is about to.
pub(crate) struct Run<'a> {
    migrator: &'a Migrator,
    conn: PgConnection,
    on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
    key: Option<LockKey>,
    in_transaction: bool,
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
    pub(crate) async fn finish(mut self) -> Result<Report, Error> {
        let result = self.run().await;
        let goodbye = goodbye(self.conn, self.key, self.in_transaction);
        if !matches!(timeout(GOODBYE, goodbye).await, Ok(Ok(()))) {
            tracing::debug!("the connection of the migrations did not close in order");
        }
        result
    }

    async fn run(&mut self) -> Result<Report, Error> {
        let plan = self.migrator.plan(&mut self.conn).await?;
        if plan.is_up_to_date() {
            tracing::debug!(schema = plan.schema().as_str(), "migrations are up to date");
            return Ok(Report::default());
        }
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
        // What was read before the lock may be old: another replica may have applied everything.
        let plan = self.migrator.plan(&mut self.conn).await?;
        (self.on_event)(Event::Planned(&plan));
        let mut report = Report {
            waited,
            ..Report::default()
        };
        if plan.is_up_to_date() {
            return Ok(report);
        }
        let log = self.migrator.log();
        self.migrator
            .ledger()
            .create(&mut self.conn, &plan, &log)
            .await?;
        for step in plan.pending() {
            if let Some(migration) = self.migrator.migrations.get(step.version) {
                report.applied.push(self.apply(step, migration, key).await?);
            }
        }
        Ok(report)
    }

    async fn apply(
        &mut self,
        step: &Step,
        migration: &Migration,
        key: LockKey,
    ) -> Result<Done, Error> {
        tracing::info!(
            version = migration.version().as_i64(),
            file = migration.file(),
            "migration begins"
        );
        session::prepare(&mut self.conn, &self.migrator.options, Some(migration)).await?;
        advisory_lock::check_held(&mut self.conn, key).await?;
        (self.on_event)(Event::Started(step));
        let ran = if migration.is_transactional() {
            self.in_transaction(step, migration).await
        } else {
            self.outside_transaction(step, migration).await
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
        tracing::info!(
            version = migration.version().as_i64(),
            ?elapsed,
            "migration is applied"
        );
        (self.on_event)(Event::Finished(&done));
        Ok(done)
    }
}

impl Run<'_> {
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
    async fn as_owner(&mut self, sql: String) -> Result<(), sqlx::Error> {
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

fn nanoseconds(elapsed: Duration) -> i64 {
    i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX)
}
