use std::time::Duration;

use tokio::time::Instant;

use super::nanoseconds;
use super::told::Told;
use crate::advisory_lock;
use crate::journal::{Journal, digest_of};
use crate::log::Note;
use crate::message::Message;
use crate::role_change::changes_role;
use crate::run::{Hold, Run};
use crate::session_object;
use crate::settle::beside;
use crate::simple_query::{rows, run};
use crate::split::Statement;
use crate::statement_kind::StatementKind;
use crate::way::Way;
use crate::{Act, Error, Failure, Migration, State, Step, session};

/// One statement of a file without a transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) step: &'a Step,
    pub(super) migration: &'a Migration,
    pub(super) way: Way,
    /// From 1.
    pub(super) number: usize,
    pub(super) statement: &'a Statement<'a>,
    /// It began in an interrupted run, or may have: nobody knows whether it ended.
    pub(super) may_have_run: bool,
    /// Those before it that change the role.
    pub(super) roles: &'a [&'a Statement<'a>],
}

impl Run<'_> {
    /// The ledger's row comes first and says that the migration has begun: no other migrator goes on past it. The log
    /// says how far it has come, so that a run that was interrupted at any point goes on there.
    pub(crate) async fn outside_transaction(
        &mut self,
        step: &Step,
        migration: &Migration,
        way: Way,
    ) -> Result<Duration, Error> {
        if let Some(body) = migration.body() {
            return self.in_batches(step, migration, way, body).await;
        }
        let prepare = session::prepare(&self.migrator.options, Some(migration), self.is_watched);
        prepare.send(&mut self.conn).await?;
        let begun = Instant::now();
        let goes_on = matches!(step.state, State::Unfinished | State::Reverting);
        let journal = if goes_on {
            self.journal(migration).await?
        } else {
            self.open(migration, way).await?;
            Journal::default()
        };
        let before = if goes_on {
            self.elapsed_before(migration).await?
        } else {
            Duration::ZERO
        };
        // A row without entries is another program's, or one of before there was a log.
        let is_unknown = goes_on && journal.is_empty() && way == Way::Forward;
        session_object::check(migration, &journal)?;
        let mut nothing_ran = !goes_on;
        let (statements, mut roles) = (migration.statements(), Vec::new());
        for (index, statement) in statements.iter().enumerate() {
            let number = index + 1;
            let work = Work {
                step,
                migration,
                way,
                number,
                statement,
                may_have_run: is_unknown && number == 1 || journal.was_running(number),
                roles: &roles,
            };
            let kind = StatementKind::of(statement);
            if journal.has_ended(number) && kind != StatementKind::Session {
                continue;
            }
            self.migrator.stop.check()?;
            // A statement of the file may have let the lock go: another run would do the same as this one.
            if let Hold::Session(key) = self.hold {
                advisory_lock::check_held(&mut self.conn, key).await?;
            }
            let is_session = kind == StatementKind::Session;
            if let Err(error) = self.statement(&work, kind).await {
                return Err(self.not_gone_on(&work, error, nothing_ran).await);
            }
            nothing_ran &= is_session;
            if is_session && changes_role(statement) {
                roles.push(statement);
            }
        }
        let elapsed = before + begun.elapsed();
        self.complete(migration, way, elapsed).await?;
        Ok(elapsed)
    }

    async fn statement(&mut self, work: &Work<'_>, kind: StatementKind) -> Result<(), Error> {
        match kind {
            StatementKind::Session => self.send(work).await,
            StatementKind::ConcurrentIndex(_) | StatementKind::Outside => self.bare(work).await,
            StatementKind::InTransaction => self.journaled(work).await,
            StatementKind::Unsure => match self.journaled(work).await {
                // It ends transactions, which it may only where nobody else has begun one.
                Err(error) if error.sqlstate().as_deref() == Some("2D000") => {
                    self.roll_back(work.migration).await?;
                    self.bare(work).await
                }
                result => result,
            },
        }
    }

    /// With an entry before it and one behind it: between the two, only the catalog knows what has happened.
    async fn bare(&mut self, work: &Work<'_>) -> Result<(), Error> {
        let begun = Instant::now();
        if !(work.may_have_run && self.has_ended(work).await?) {
            self.begin_and_send(work).await?;
        }
        let mut ended = Told::of(Act::StatementEnded);
        ended.elapsed = Some(begun.elapsed());
        self.tell(work, ended).await
    }

    async fn begin_and_send(&mut self, work: &Work<'_>) -> Result<(), Error> {
        let before = self.before(work).await?;
        let mut began = Told::of(Act::StatementBegan);
        began.message = before.as_deref();
        self.tell(work, began).await?;
        match self.send(work).await {
            Err(error) if work.may_have_run && work.says_ended(&error) => {
                self.repaired(work.step, "a statement had ended: went on behind it");
            }
            result => result?,
        }
        Ok(())
    }

    /// The statement alone, as it stands in the file.
    pub(super) async fn send(&mut self, work: &Work<'_>) -> Result<(), Error> {
        self.take_role(work).await?;
        run(&mut self.conn, work.statement.source())
            .await
            .map_err(|error| Error::Migration {
                failure: Box::new(Failure::of_statement(
                    work.migration,
                    work.statement,
                    &error,
                )),
            })
    }

    pub(super) async fn note(&mut self, work: &Work<'_>, act: Act) -> Result<(), Error> {
        self.tell(work, Told::of(act)).await
    }

    async fn tell(&mut self, work: &Work<'_>, told: Told<'_>) -> Result<(), Error> {
        let doing = format!("write into the log of {}", work.migration.file());
        let digest = digest_of(work.statement);
        let mut note = work.note(told.act, &digest);
        note.message = told.message;
        note.elapsed = told.elapsed;
        let entry = Message::default().and(doing, self.migrator.log().insert(&note));
        // What the file has set must not stand in the way of its log.
        self.write(entry).await
    }

    pub(super) async fn open(&mut self, migration: &Migration, way: Way) -> Result<(), Error> {
        self.refuse_leftovers(migration).await?;
        let doing = format!("write the ledger's row of {}", migration.file());
        let ledger = self.migrator.ledger();
        let (row, act) = match way {
            Way::Forward => (ledger.insert(migration, false, -1), Act::Began),
            Way::Back => (ledger.reopen(migration.version()), Act::RevertBegan),
        };
        let entry = self.migrator.log().insert(&Note::new(act, migration));
        let both = Message::default().and(&*doing, row).and(&*doing, entry);
        self.write(both).await
    }

    pub(super) async fn journal(&mut self, migration: &Migration) -> Result<Journal, Error> {
        let doing = || Error::doing(format!("read the log of {}", migration.file()));
        let sql = self.migrator.log().journal(migration.version().as_i64());
        let found = rows(&mut self.conn, sql).await.map_err(doing())?;
        Journal::from_rows(&found).map_err(doing())
    }

    async fn complete(
        &mut self,
        migration: &Migration,
        way: Way,
        elapsed: Duration,
    ) -> Result<(), Error> {
        let completion = self.completion(migration, way, elapsed);
        self.write(completion).await
    }

    /// What says that all of it has run.
    pub(super) fn completion(&self, migration: &Migration, way: Way, elapsed: Duration) -> Message {
        let doing = format!("complete the ledger's row of {}", migration.file());
        let ledger = self.migrator.ledger();
        let (row, act) = match way {
            Way::Forward => {
                let row = ledger.complete(migration, nanoseconds(elapsed));
                (row, Act::Applied)
            }
            Way::Back => (ledger.remove(migration.version()), Act::Reverted),
        };
        let mut note = Note::new(act, migration);
        note.elapsed = Some(elapsed);
        let entry = self.migrator.log().insert(&note);
        let mut message = Message::default().and(&*doing, row).and(&*doing, entry);
        if way == Way::Forward {
            message = message.then(beside(self.migrator, migration));
        }
        message
    }
}

impl<'a> Work<'a> {
    pub(super) fn note(&self, act: Act, digest: &'a str) -> Note<'a> {
        let mut note = Note::new(act, self.migration);
        note.statement = Some((self.number, digest));
        note
    }

    /// Whether the error of a second run says that the first one had done its work.
    pub(super) fn says_ended(&self, error: &Error) -> bool {
        let statement = self.statement;
        let first = |words: &[&str]| statement.is_words(0, words);
        match error.sqlstate().as_deref() {
            Some("42710") if first(&["alter"]) => statement.has_word("add"),
            Some("42710") => first(&["create", "tablespace"]) || first(&["create", "subscription"]),
            Some("42704") if first(&["alter", "subscription"]) => statement.has_word("drop"),
            Some("42704") => {
                first(&["drop", "index", "concurrently"])
                    || first(&["drop", "tablespace"])
                    || first(&["drop", "subscription"])
            }
            Some("42P04") => first(&["create", "database"]),
            Some("3D000") => first(&["drop", "database"]),
            _ => false,
        }
    }
}
