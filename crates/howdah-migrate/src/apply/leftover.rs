use howdah_ident::Ident;

use super::no_transaction::Work;
use crate::concurrent_detach::ConcurrentDetach;
use crate::concurrent_index::ConcurrentIndex;
use crate::ledger::literal;
use crate::message::Message;
use crate::run::Run;
use crate::simple_query::{column, rows};
use crate::split::Statement;
use crate::{Error, Event, Migration, Problem, Step};

/// What is left of an interrupted `create index concurrently`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Invalid,
    Valid,
}

impl Run<'_> {
    /// Asks the catalog; what an interrupted build left is dropped, so that the statement can run again.
    pub(super) async fn has_ended(&mut self, work: &Work<'_>) -> Result<bool, Error> {
        if let Some(detach) = ConcurrentDetach::of(work.statement) {
            return self.has_detached(work, &detach).await;
        }
        let dropped = self.drop_leftovers(work).await?;
        for index in &dropped {
            self.repaired(work.step, &format!("dropped the invalid index {index}"));
        }
        let is_there = match index_name(work.statement) {
            Some(name) => self.look_for(&name).await? == Found::Valid,
            None => false,
        };
        if is_there {
            self.repaired(work.step, "the index was finished: went on behind it");
        }
        Ok(is_there)
    }

    /// What the catalog has before the statement begins, and the next run could not know any more; for the log.
    pub(super) async fn before(&mut self, work: &Work<'_>) -> Result<Option<String>, Error> {
        match self.strangers(work).await? {
            Some(strangers) => Ok(Some(strangers)),
            None => self.partition(work).await,
        }
    }

    /// Drops the indexes that the statement left when it was interrupted or failed, and only if they are invalid.
    pub(super) async fn drop_leftovers(&mut self, work: &Work<'_>) -> Result<Vec<String>, Error> {
        let Some(name) = index_name(work.statement) else {
            return self.drop_own_leftovers(work).await;
        };
        if self.look_for(&name).await? != Found::Invalid {
            return Ok(Vec::new());
        }
        let index = format!("{}.{name}", self.migrator.options.schema);
        self.drop_index(&index).await?;
        Ok(vec![index])
    }

    pub(super) async fn drop_index(&mut self, index: &str) -> Result<(), Error> {
        let doing = format!("drop the invalid index {index}");
        let sql = format!("drop index concurrently if exists {index}");
        Message::default()
            .and(doing, sql)
            .send(&mut self.conn)
            .await
    }

    /// An invalid index of that name before the first run is not ours to drop, and with
    /// `if not exists` the server would take it for the one that is wanted.
    pub(super) async fn refuse_leftovers(&mut self, migration: &Migration) -> Result<(), Error> {
        let mut problems = Vec::new();
        let statements = migration.statements();
        for (at, statement) in statements.iter().enumerate() {
            let Some(name) = index_name(statement) else {
                continue;
            };
            let is_dropped = |before: &Statement<'_>| drops_index(before, &name);
            if statements.iter().take(at).any(is_dropped)
                || self.look_for(&name).await? != Found::Invalid
            {
                continue;
            }
            let schema = &self.migrator.options.schema;
            let message = format!(
                "an invalid index of that name is there, left by an earlier build of another tool or still \
                 being built: see that nobody builds it, then `drop index concurrently {schema}.{name}`"
            );
            problems.push(Problem::new(migration.file(), message));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Error::Refused { problems })
        }
    }

    async fn look_for(&mut self, index: &Ident) -> Result<Found, Error> {
        let sql = include_str!("../../sql/index_state.sql")
            .replace("{schema}", &literal(self.migrator.options.schema.as_str()))
            .replace("{index}", &literal(index.as_str()));
        let doing = || Error::doing(format!("look for the index {index}"));
        let found = rows(&mut self.conn, sql).await.map_err(doing())?;
        let Some(row) = found.first() else {
            return Ok(Found::Nothing);
        };
        let valid: bool = column(row, "valid").map_err(doing())?;
        Ok(if valid { Found::Valid } else { Found::Invalid })
    }

    pub(super) fn repaired(&mut self, step: &Step, action: &str) {
        tracing::warn!(
            file = step.file,
            action,
            "repaired an interrupted migration"
        );
        (self.on_event)(Event::Repaired { step, action });
    }
}

fn index_name(statement: &Statement<'_>) -> Option<Ident> {
    let index = ConcurrentIndex::of(statement)?;
    Ident::new(index.name?).ok()
}

/// Whether the file itself makes room for an index of that name.
fn drops_index(statement: &Statement<'_>, name: &Ident) -> bool {
    statement.is_words(0, &["drop", "index"]) && statement.names().any(|it| it == name.as_str())
}
