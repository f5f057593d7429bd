use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::code::Body;
use crate::log::Note;
use crate::message::Message;
use crate::run::Run;
use crate::simple_query::{column, rows};
use crate::way::Way;
use crate::{Act, Error, Failure, Migration, State, Step, session};

const STANDS_STILL: &str = "a batch returned the checkpoint that it was given, so there would be no end: \
     return one that is further, or `None` when nothing is left";

/// Code outside a transaction, which runs until nothing is left.
#[derive(Debug)]
pub(super) struct Batches<'a> {
    pub(super) step: &'a Step,
    pub(super) migration: &'a Migration,
    way: Way,
    body: &'a Body,
    begun: Instant,
    /// How long the batches of earlier runs took.
    before: Duration,
    /// What the newest one returned.
    checkpoint: Mutex<Option<Value>>,
}

impl Run<'_> {
    /// Each batch and its checkpoint are one transaction, and so are the last one and the ledger's row.
    pub(super) async fn in_batches(
        &mut self,
        step: &Step,
        migration: &Migration,
        way: Way,
        body: &Body,
    ) -> Result<Duration, Error> {
        let goes_on = matches!(step.state, State::Unfinished | State::Reverting);
        let prepare = session::prepare(&self.migrator.options, None, self.is_watched);
        prepare.send(&mut self.conn).await?;
        let before = if goes_on {
            self.elapsed_before(migration).await?
        } else {
            self.open(migration, way).await?;
            Duration::ZERO
        };
        let batches = Batches {
            step,
            migration,
            way,
            body,
            begun: Instant::now(),
            before,
            checkpoint: Mutex::default(),
        };
        let mut is_first = !goes_on;
        loop {
            self.migrator.stop.check()?;
            if let Err(error) = self.batched(&batches).await {
                return Err(self.without_batch(&batches, error, is_first).await);
            }
            is_first = false;
            if batches.checkpoint().is_none() {
                return Ok(batches.elapsed());
            }
        }
    }

    pub(super) async fn batch(&mut self, batches: &Batches<'_>) -> Result<(), Error> {
        let migration = batches.migration;
        let last = self.last_checkpoint(migration).await?;
        let next = self.code(migration, batches.body, last.clone()).await?;
        if next.is_some() && next == last {
            let failure = Failure::said(migration, STANDS_STILL.to_owned());
            return Err(Error::Migration {
                failure: Box::new(failure),
            });
        }
        *batches.lock() = next;
        Ok(())
    }

    /// What says that a batch has run, for so long.
    pub(super) fn record_batch(&self, batches: &Batches<'_>, elapsed: Duration) -> Message {
        let migration = batches.migration;
        let Some(checkpoint) = batches.checkpoint() else {
            return self.completion(migration, batches.way, batches.elapsed());
        };
        let checkpoint = checkpoint.to_string();
        let mut note = Note::new(Act::Checkpoint, migration);
        note.message = Some(&checkpoint);
        note.elapsed = Some(elapsed);
        let doing = format!("write the checkpoint of {}", migration.file());
        Message::default().and(doing, self.migrator.log().insert(&note))
    }

    async fn last_checkpoint(&mut self, migration: &Migration) -> Result<Option<Value>, Error> {
        let doing = || Error::doing(format!("read the checkpoint of {}", migration.file()));
        let sql = self.migrator.log().checkpoint(migration.version());
        let found = rows(&mut self.conn, sql).await.map_err(doing())?;
        let Some(row) = found.first() else {
            return Ok(None);
        };
        let text: String = column(row, "message").map_err(doing())?;
        let value = serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()));
        value.map(Some).map_err(doing())
    }

    /// If it was the first one, nothing is left, as if it never began.
    async fn without_batch(
        &mut self,
        batches: &Batches<'_>,
        error: Error,
        is_first: bool,
    ) -> Error {
        let is_told = matches!(error, Error::Migration { .. } | Error::Blocked { .. });
        if !(is_first && is_told) {
            return error;
        }
        let migration = batches.migration;
        let rolled_back = if self.in_transaction {
            self.roll_back(migration).await
        } else {
            Ok(())
        };
        let taken_back = match rolled_back {
            Ok(()) => self.unopen(migration, batches.way).await,
            error => error,
        };
        if let Err(error) = taken_back {
            let file = migration.file();
            tracing::warn!(%error, file, "what the migration left stays until the next run");
        }
        error
    }
}

impl Batches<'_> {
    fn elapsed(&self) -> Duration {
        self.before + self.begun.elapsed()
    }

    fn checkpoint(&self) -> Option<Value> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Value>> {
        self.checkpoint
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
