mod code;

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::batches::Batches;
use super::nanoseconds;
use super::no_transaction::Work;
use crate::backoff::Backoff;
use crate::journal::digest_of;
use crate::log::Note;
use crate::message::Message;
use crate::run::{Hold, Run};
use crate::settle::beside;
use crate::simple_query::run;
use crate::way::Way;
use crate::{Act, Back, Blocker, Error, Event, Failure, Migration, Problem, Step, session};

/// What one transaction holds.
#[derive(Debug, Clone, Copy)]
enum Unit<'a> {
    /// A file and its row of the ledger.
    File(Way, &'a Step, &'a Migration),
    /// A statement of a file that has no transaction of its own, and its entry in the log.
    Statement(&'a Work<'a>),
    /// A batch of code, and what it says about where it is.
    Batch(&'a Batches<'a>),
}

impl Run<'_> {
    /// Tries until it is applied, fails for another reason than locks, or the deadline for locks is over. `None`:
    /// another program has done it meanwhile.
    pub(crate) async fn in_transaction(
        &mut self,
        step: &Step,
        migration: &Migration,
        way: Way,
    ) -> Result<Option<Duration>, Error> {
        self.keep_trying(Unit::File(way, step, migration)).await
    }

    /// The same for one statement.
    pub(super) async fn journaled(&mut self, work: &Work<'_>) -> Result<(), Error> {
        self.keep_trying(Unit::Statement(work)).await.map(drop)
    }

    /// The same for one batch of code.
    pub(super) async fn batched(&mut self, batches: &Batches<'_>) -> Result<(), Error> {
        self.keep_trying(Unit::Batch(batches)).await.map(drop)
    }

    async fn keep_trying(&mut self, unit: Unit<'_>) -> Result<Option<Duration>, Error> {
        let begun = Instant::now();
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        let (step, migration) = unit.parts();
        loop {
            let failure = match self.attempt(unit).await {
                Err(Error::Migration { failure }) if is_lock_conflict(&failure) => failure,
                result => return result,
            };
            self.roll_back(migration).await?;
            let blockers = self.blockers(migration).await?;
            let options = &self.migrator.options;
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
            self.migrator.stop.or(sleep(delay)).await?;
            // What the statements before it have set stays set.
            if let Unit::Statement(_) = unit {
                let owner = session::become_owner(Message::default(), options);
                owner.send(&mut self.conn).await?;
            }
        }
    }

    async fn blockers(&mut self, migration: &Migration) -> Result<Vec<Blocker>, Error> {
        let options = &self.migrator.options;
        // The login may see more of other sessions than the owner may. Behind a pooler it is the login that asks.
        if let Hold::Session(_) = self.hold {
            let login = Message::default().and("reset the role", "reset role");
            login.send(&mut self.conn).await?;
        }
        Blocker::of_migration(&mut self.conn, &options.schema, migration)
            .await
            .map_err(Error::doing("look who holds the table locks"))
    }

    async fn attempt(&mut self, unit: Unit<'_>) -> Result<Option<Duration>, Error> {
        let (_, migration) = unit.parts();
        match unit {
            Unit::File(..) => self.begin(Some(migration)).await?,
            Unit::Batch(_) => self.begin(None).await?,
            Unit::Statement(_) => {
                self.in_transaction = true;
                let begin = unit.begin(self.migrator.options.lock_timeout);
                let doing = format!("begin a transaction of {}", migration.file());
                run(&mut self.conn, begin)
                    .await
                    .map_err(Error::doing(doing))?;
            }
        }
        let begun = Instant::now();
        match unit {
            Unit::File(way, step, _) => {
                if !self.is_next(step, way).await? {
                    self.roll_back(migration).await?;
                    return Ok(None);
                }
                self.whole_file(migration).await?;
            }
            Unit::Batch(batches) => self.batch(batches).await?,
            Unit::Statement(work) => match self.send(work).await {
                Err(error) if work.may_have_run && work.says_ended(&error) => {
                    return self.had_ended(work).await.map(Some);
                }
                result => result?,
            },
        }
        let elapsed = begun.elapsed();
        let owner = session::become_owner(Message::default(), &self.migrator.options);
        let mut record = owner.then(self.record(unit, elapsed));
        if let Hold::Transaction(_) = self.hold {
            record = session::forget_prepared(record, migration);
        }
        self.commit(record)
            .await
            .map_err(|(doing, error)| match doing {
                Some(doing) if !is_read_only(&error) => Error::doing(doing)(error),
                _ => Error::Migration {
                    failure: Box::new(Failure::without_place(migration, &error)),
                },
            })?;
        Ok(Some(elapsed))
    }

    /// Behind a pooler, others may have had the lock since the plan was made: then they may have done this, too.
    async fn is_next(&mut self, step: &Step, way: Way) -> Result<bool, Error> {
        if let Hold::Session(_) = self.hold {
            return Ok(true);
        }
        let (next, is_done) = match way {
            Way::Forward => {
                let plan = self.migrator.plan(&mut self.conn).await?;
                let is_done = plan.applied().iter().any(|it| it.version == step.version);
                (plan.pending().first().map(|it| it.version), is_done)
            }
            Way::Back => {
                let one = Back::Count(1);
                let reversal = self.migrator.plan_revert(&mut self.conn, one).await?;
                let next = reversal.steps().first().map(|it| it.version);
                (next, next.is_none_or(|next| next < step.version))
            }
        };
        if next == Some(step.version) || is_done {
            return Ok(!is_done);
        }
        let message = "other migrations were applied or taken back meanwhile: run this again";
        Err(Error::Refused {
            problems: vec![Problem::new(&step.file, message)],
        })
    }

    /// An earlier run had done it, and could not say so.
    async fn had_ended(&mut self, work: &Work<'_>) -> Result<Duration, Error> {
        self.roll_back(work.migration).await?;
        self.repaired(work.step, "a statement had ended: went on behind it");
        self.note(work, Act::StatementEnded).await?;
        Ok(Duration::ZERO)
    }

    /// What says that it has run.
    fn record(&self, unit: Unit<'_>, elapsed: Duration) -> Message {
        let (ledger, log) = (self.migrator.ledger(), self.migrator.log());
        let (_, migration) = unit.parts();
        let doing = format!("write the ledger's row of {}", migration.file());
        let (row, act) = match unit {
            Unit::File(Way::Back, ..) => (ledger.remove(migration.version()), Act::Reverted),
            Unit::File(Way::Forward, ..) => {
                let row = ledger.insert(migration, true, nanoseconds(elapsed));
                (row, Act::Applied)
            }
            Unit::Batch(batches) => return self.record_batch(batches, elapsed),
            Unit::Statement(work) => {
                let digest = digest_of(work.statement);
                let mut note = work.note(Act::StatementEnded, &digest);
                note.elapsed = Some(elapsed);
                return Message::default().and(doing, log.insert(&note));
            }
        };
        let mut note = Note::new(act, migration);
        note.elapsed = Some(elapsed);
        Message::default()
            .and(&*doing, row)
            .and(&*doing, log.insert(&note))
            .then(beside(self.migrator, migration))
    }
}

impl<'a> Unit<'a> {
    fn parts(self) -> (&'a Step, &'a Migration) {
        match self {
            Unit::File(_, step, migration) => (step, migration),
            Unit::Statement(work) => (work.step, work.migration),
            Unit::Batch(batches) => (batches.step, batches.migration),
        }
    }

    fn begin(self, lock_timeout: Duration) -> String {
        match self {
            Unit::File(..) | Unit::Batch(_) => "begin".to_owned(),
            Unit::Statement(work) => session::begin_statement(work.migration, lock_timeout),
        }
    }
}

/// The file, or what it calls, has made the transaction so.
fn is_read_only(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.code().as_deref() == Some("25006"))
}

/// Nothing of the file is kept then, so it can simply run again.
fn is_lock_conflict(failure: &Failure) -> bool {
    matches!(failure.sqlstate.as_deref(), Some("55P03" | "40P01"))
}
