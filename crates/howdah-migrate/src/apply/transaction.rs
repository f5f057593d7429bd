mod code;

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::nanoseconds;
use super::no_transaction::Work;
use crate::backoff::Backoff;
use crate::journal::digest_of;
use crate::log::Note;
use crate::run::Run;
use crate::simple_query::{run, script};
use crate::way::Way;
use crate::{Act, Blocker, Error, Event, Failure, Migration, Migrator, Step, session};

/// What one transaction holds.
#[derive(Debug, Clone, Copy)]
enum Unit<'a> {
    /// A file and its row of the ledger.
    File(Way, &'a Step, &'a Migration),
    /// A statement of a file that has no transaction of its own, and its entry in the log.
    Statement(&'a Work<'a>),
}

impl Run<'_> {
    /// Tries until it is applied, fails for another reason than locks, or the deadline for locks is over.
    pub(crate) async fn in_transaction(
        &mut self,
        step: &Step,
        migration: &Migration,
        way: Way,
    ) -> Result<Duration, Error> {
        self.keep_trying(Unit::File(way, step, migration)).await
    }

    /// The same for one statement.
    pub(super) async fn journaled(&mut self, work: &Work<'_>) -> Result<(), Error> {
        self.keep_trying(Unit::Statement(work)).await.map(drop)
    }

    async fn keep_trying(&mut self, unit: Unit<'_>) -> Result<Duration, Error> {
        let begun = Instant::now();
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        let (step, migration) = unit.parts();
        loop {
            let failure = match self.attempt(unit).await {
                Err(Error::Migration { failure }) if is_lock_conflict(&failure) => failure,
                result => return result,
            };
            self.roll_back(migration).await?;
            // The login may see more of other sessions than the owner may.
            run(&mut self.conn, "reset role")
                .await
                .map_err(Error::doing("reset the role"))?;
            let options = &self.migrator.options;
            let blockers = Blocker::of_migration(&mut self.conn, &options.schema, migration)
                .await
                .map_err(Error::doing("look who holds the table locks"))?;
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
            sleep(delay).await;
            match unit {
                Unit::File(..) => {
                    session::prepare(&mut self.conn, options, Some(migration)).await?;
                }
                // What the statements before it have set stays set.
                Unit::Statement(_) => {
                    session::set_role(&mut self.conn, options).await?;
                }
            }
        }
    }

    async fn attempt(&mut self, unit: Unit<'_>) -> Result<Duration, Error> {
        let begun = Instant::now();
        let (_, migration) = unit.parts();
        if let (Unit::File(..), Some(code)) = (unit, migration.code()) {
            return self.attempt_code(unit, code).await;
        }
        let doing = |doing: &str| Error::doing(format!("{doing} of {}", migration.file()));
        run(
            &mut self.conn,
            unit.begin(self.migrator.options.lock_timeout),
        )
        .await
        .map_err(doing("begin the transaction"))?;
        self.in_transaction = true;
        match unit {
            Unit::File(..) => {
                script(&mut self.conn, migration.sql())
                    .await
                    .map_err(|(ended, error)| Error::Migration {
                        failure: Box::new(Failure::new(migration, ended, &error)),
                    })?;
            }
            Unit::Statement(work) => match self.send(work).await {
                Err(error) if work.may_have_run && work.says_ended(&error) => {
                    return self.had_ended(work).await;
                }
                result => result?,
            },
        }
        session::set_role(&mut self.conn, &self.migrator.options).await?;
        let elapsed = begun.elapsed();
        let record = Self::record(self.migrator, unit, elapsed);
        run(&mut self.conn, record)
            .await
            .map_err(doing("write the ledger's row"))?;
        // Deferred constraints are checked here.
        run(&mut self.conn, "commit")
            .await
            .map_err(|error| Error::Migration {
                failure: Box::new(Failure::without_place(migration, &error)),
            })?;
        self.in_transaction = false;
        Ok(elapsed)
    }

    /// An earlier run had done it, and could not say so.
    async fn had_ended(&mut self, work: &Work<'_>) -> Result<Duration, Error> {
        self.roll_back(work.migration).await?;
        self.repaired(work.step, "a statement had ended: went on behind it");
        self.note(work, Act::StatementEnded).await?;
        Ok(Duration::ZERO)
    }

    /// What says that it has run.
    fn record(migrator: &Migrator, unit: Unit<'_>, elapsed: Duration) -> String {
        let log = migrator.log();
        match unit {
            Unit::File(Way::Back, _, migration) => {
                let row = migrator.ledger().remove(migration.version());
                let mut note = Note::new(Act::Reverted, migration);
                note.elapsed = Some(elapsed);
                format!("{row};\n{}", log.insert(&note))
            }
            Unit::File(Way::Forward, _, migration) => {
                let row = migrator
                    .ledger()
                    .insert(migration, true, nanoseconds(elapsed));
                let mut note = Note::new(Act::Applied, migration);
                note.elapsed = Some(elapsed);
                format!("{row};\n{}", log.insert(&note))
            }
            Unit::Statement(work) => {
                let digest = digest_of(work.statement);
                let mut note = work.note(Act::StatementEnded, &digest);
                note.elapsed = Some(elapsed);
                log.insert(&note)
            }
        }
    }

    pub(crate) async fn roll_back(&mut self, migration: &Migration) -> Result<(), Error> {
        run(&mut self.conn, "rollback")
            .await
            .map_err(Error::doing(format!("roll back {}", migration.file())))?;
        self.in_transaction = false;
        Ok(())
    }
}

impl<'a> Unit<'a> {
    fn parts(self) -> (&'a Step, &'a Migration) {
        match self {
            Unit::File(_, step, migration) => (step, migration),
            Unit::Statement(work) => (work.step, work.migration),
        }
    }

    /// The session of a file outside a transaction waits long for locks; in a transaction, others would queue behind it.
    fn begin(self, lock_timeout: Duration) -> String {
        let (_, migration) = self.parts();
        let sets_it = || {
            migration
                .statements()
                .iter()
                .any(|one| one.has_word("lock_timeout"))
        };
        match self {
            Unit::Statement(_) if !sets_it() => format!(
                "begin; set local lock_timeout to {}",
                session::milliseconds(lock_timeout)
            ),
            _ => "begin".to_owned(),
        }
    }
}

/// Nothing of the file is kept then, so it can simply run again.
fn is_lock_conflict(failure: &Failure) -> bool {
    matches!(failure.sqlstate.as_deref(), Some("55P03" | "40P01"))
}
