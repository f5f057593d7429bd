use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use crate::advisory_lock::{self, LockKey, Scope};
use crate::log::Note;
use crate::message::Message;
use crate::pooling::{Pooling, backend, pooling};
use crate::simple_query::run;
use crate::stop::Backend;
use crate::way::Way;
use crate::{
    Act, Back, Connector, Done, Error, Event, Legacy, Migration, Migrator, Report, Step, Version,
    session,
};

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
    /// The same, of what another tool's ledger has.
    Adopt(&'a Legacy),
    /// Puts rows of the ledger right without running anything.
    Repair {
        reason: &'a str,
    },
    /// Takes back that a migration began.
    Abandon {
        version: Version,
        reason: &'a str,
    },
}

/// How a run keeps others out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Its session has the lock, to the end of the run.
    Session(LockKey),
    /// Each of its transactions takes the lock: behind a pooler, there is no session.
    Transaction(LockKey),
}

/// A connection that holds the lock, or is about to.
pub(crate) struct Run<'a> {
    pub(crate) migrator: &'a Migrator,
    pub(crate) conn: PgConnection,
    pub(crate) on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
    pub(crate) hold: Hold,
    pub(crate) in_transaction: bool,
    pub(crate) waited: Duration,
    pub(crate) is_watched: bool,
    pub(crate) backend: Arc<Backend>,
}

/// What it took to be alone.
struct Alone {
    hold: Hold,
    waited: Duration,
    is_watched: bool,
    backend: Arc<Backend>,
}

impl<'a> Run<'a> {
    /// Whatever happens, the lock is free when this returns, and the connection closed.
    pub(crate) async fn of(
        migrator: &'a Migrator,
        connector: Connector,
        job: Job<'_>,
        on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<Report, Error> {
        let conn = connector.connect().await?;
        let (result, conn) = Self::on(migrator, &connector, conn, job, on_event).await;
        if let Some(conn) = conn {
            say_goodbye(conn, None, false).await;
        }
        result
    }

    /// The same on a connection that is given back, as it was, if nothing was begun on it or all went well.
    pub(crate) async fn on(
        migrator: &'a Migrator,
        connector: &Connector,
        mut conn: PgConnection,
        job: Job<'_>,
        on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
    ) -> (Result<Report, Error>, Option<PgConnection>) {
        match has_work(migrator, &mut conn, job).await {
            Ok(true) => {}
            Ok(false) => return (Ok(Report::default()), Some(conn)),
            Err(error) if error.is_of_connection() => {
                say_goodbye(conn, None, false).await;
                return (Err(error), None);
            }
            Err(error) => return (Err(error), Some(conn)),
        }
        let alone = Box::pin(alone(migrator, connector, &mut conn, on_event));
        let alone = match migrator.stop.or(alone).await.flatten() {
            Ok(alone) => alone,
            Err(error) => {
                say_goodbye(conn, None, false).await;
                return (Err(error), None);
            }
        };
        let mut this = Self::new(migrator, conn, on_event, &alone);
        let backend = Arc::clone(&this.backend);
        // What calls this would be a large future otherwise.
        let work = Box::pin(this.run(job));
        let result = migrator.stop.end(connector, &backend, work).await;
        let (mut conn, hold) = (this.conn, this.hold);
        if result.is_ok() && leave(&mut conn, hold).await {
            return (result, Some(conn));
        }
        say_goodbye(conn, Some(hold), this.in_transaction).await;
        (result, None)
    }

    /// Alone, on this connection, whether there is something to do or not.
    pub(crate) async fn alone(
        migrator: &'a Migrator,
        connector: &Connector,
        mut conn: PgConnection,
        on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<Self, Error> {
        match alone(migrator, connector, &mut conn, on_event).await {
            Ok(alone) => Ok(Self::new(migrator, conn, on_event, &alone)),
            Err(error) => {
                say_goodbye(conn, None, false).await;
                Err(error)
            }
        }
    }

    fn new(
        migrator: &'a Migrator,
        conn: PgConnection,
        on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
        alone: &Alone,
    ) -> Self {
        Self {
            migrator,
            conn,
            on_event,
            hold: alone.hold,
            in_transaction: false,
            waited: alone.waited,
            is_watched: alone.is_watched,
            backend: Arc::clone(&alone.backend),
        }
    }

    /// The lock is free when this returns, and the connection closed.
    pub(crate) async fn close(self) {
        say_goodbye(self.conn, Some(self.hold), self.in_transaction).await;
    }

    /// What was read before the lock may be old: another replica may have done everything.
    async fn run(&mut self, job: Job<'_>) -> Result<Report, Error> {
        let mut report = Report::default();
        match job {
            Job::Apply => self.apply_pending(&mut report).await?,
            Job::Revert(back) => self.revert(back, &mut report).await?,
            Job::Stamp { reason } => self.stamp(reason, &mut report).await?,
            Job::Adopt(legacy) => self.adopt(legacy, &mut report).await?,
            Job::Repair { reason } => self.repair(reason, &mut report).await?,
            Job::Abandon { version, reason } => self.abandon(version, reason, &mut report).await?,
        }
        report.waited = self.waited;
        Ok(report)
    }

    /// One file, with all that is said and written about it; `None` if another program has done it meanwhile.
    pub(crate) async fn one(
        &mut self,
        step: &Step,
        migration: &Migration,
        way: Way,
    ) -> Result<Option<Done>, Error> {
        self.migrator.stop.check()?;
        let version = migration.version().as_i64();
        tracing::info!(version, file = migration.file(), "migration begins");
        // A transaction asks for itself, when it begins.
        if let Hold::Session(key) = self.hold
            && !migration.is_transactional()
        {
            advisory_lock::check_held(&mut self.conn, key).await?;
        }
        (self.on_event)(Event::Started(step));
        let ran = if migration.is_transactional() {
            self.in_transaction(step, migration, way).await
        } else {
            self.outside_transaction(step, migration, way)
                .await
                .map(Some)
        };
        let elapsed = match ran {
            Ok(Some(elapsed)) => elapsed,
            Ok(None) => return Ok(None),
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
        Ok(Some(done))
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
        if let Err(error) = self
            .write(Message::default().and("write into the log", entry))
            .await
        {
            tracing::debug!(%error, "the failure is not in the log");
        }
    }
}

/// Without the lock: most starts of a service find nothing to do.
async fn has_work(
    migrator: &Migrator,
    conn: &mut PgConnection,
    job: Job<'_>,
) -> Result<bool, Error> {
    Ok(match job {
        Job::Apply | Job::Stamp { .. } => migrator.plan(conn).await?.needs_apply(),
        Job::Revert(back) => !migrator.plan_revert(conn, back).await?.is_empty(),
        Job::Adopt(legacy) => !migrator.plan_adopt(conn, legacy).await?.is_recorded(),
        Job::Repair { .. } => !migrator.plan_repair(conn).await?.is_empty(),
        Job::Abandon { .. } => true,
    })
}

async fn alone(
    migrator: &Migrator,
    connector: &Connector,
    conn: &mut PgConnection,
    on_event: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<Alone, Error> {
    let options = &migrator.options;
    let key = advisory_lock::key(conn, &migrator.ledger()).await?;
    if pooling(connector, conn).await? == Pooling::Transaction {
        tracing::info!("a pooler stands in between: each transaction takes the migration lock");
        return Ok(Alone {
            hold: Hold::Transaction(key),
            waited: Duration::ZERO,
            is_watched: false,
            backend: Arc::default(),
        });
    }
    let deadline = options.lock_deadline;
    let waited = advisory_lock::acquire(conn, key, Scope::Session, deadline, on_event).await?;
    let served_by = Backend::default();
    served_by.is(backend(conn).await?);
    Ok(Alone {
        hold: Hold::Session(key),
        waited,
        is_watched: session::can_watch(conn).await?,
        backend: Arc::new(served_by),
    })
}

/// Frees the locks, and leaves the session as it was. `false`: the connection is of no more use.
async fn leave(conn: &mut PgConnection, hold: Hold) -> bool {
    let Hold::Session(key) = hold else {
        return true;
    };
    let message = session::leave(Message::default());
    let message = message.and("free the migration lock", advisory_lock::release(key));
    matches!(timeout(GOODBYE, message.send(conn)).await, Ok(Ok(())))
}

async fn say_goodbye(conn: PgConnection, hold: Option<Hold>, in_transaction: bool) {
    let goodbye = timeout(GOODBYE, goodbye(conn, hold, in_transaction));
    if !matches!(goodbye.await, Ok(Ok(()))) {
        tracing::debug!("the connection of the migrations did not close in order");
    }
}

async fn goodbye(
    mut conn: PgConnection,
    hold: Option<Hold>,
    in_transaction: bool,
) -> Result<(), sqlx::Error> {
    if in_transaction {
        // In a failed transaction nothing else would be heard.
        run(&mut conn, "rollback").await?;
    }
    if let Some(Hold::Session(key)) = hold {
        run(&mut conn, advisory_lock::release(key)).await?;
    }
    conn.close().await
}
