mod no_transaction;
mod transaction;

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use crate::advisory_lock::{self, LockKey};
use crate::simple_query::run;
use crate::{Done, Error, Event, Migration, Migrator, Report, State, Step, session};

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
        self.migrator.ledger().create(&mut self.conn, &plan).await?;
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
        let elapsed = if migration.is_transactional() {
            self.in_transaction(step, migration).await?
        } else {
            self.outside_transaction(step, migration, step.state == State::Unfinished)
                .await?
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
