use std::time::Duration;

use howdah_ident::Ident;
use sqlx::error::DatabaseError;
use tokio::time::Instant;

use super::{Run, nanoseconds};
use crate::concurrent_index::ConcurrentIndex;
use crate::ledger::literal;
use crate::simple_query::{column, rows, run, script};
use crate::{Error, Event, Failure, Migration, Problem, Step};

/// What is left of an interrupted `create index concurrently`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Invalid,
    Valid,
}

impl Run<'_> {
    /// The ledger's row comes first and says that the migration has begun: no other migrator goes on
    /// past it, and the next run knows what to repair.
    pub(super) async fn outside_transaction(
        &mut self,
        step: &Step,
        migration: &Migration,
        unfinished: bool,
    ) -> Result<Duration, Error> {
        let begun = Instant::now();
        let doing = |doing: &str| Error::doing(format!("{doing} of {}", migration.file()));
        let ledger = self.migrator.ledger();
        if unfinished && self.repair(step, migration).await? == Found::Valid {
            let complete = ledger.complete(migration.version(), nanoseconds(begun.elapsed()));
            run(&mut self.conn, complete)
                .await
                .map_err(doing("complete the ledger's row"))?;
            self.repaired(step, "the index was finished: completed the ledger's row");
            return Ok(begun.elapsed());
        }
        if !unfinished {
            self.refuse_leftover(migration).await?;
            let insert = ledger.insert(migration, false, -1);
            run(&mut self.conn, insert)
                .await
                .map_err(doing("write the ledger's row"))?;
        }
        match script(&mut self.conn, migration.sql()).await {
            Ok(()) => {}
            Err((_, error)) if unfinished && had_ended(migration, &error) => {
                self.repaired(step, "the statement had ended: completed the ledger's row");
            }
            Err((ended, error)) => {
                let failure = Failure::new(migration, ended, &error);
                self.take_back(step, migration, &failure).await;
                return Err(Error::Migration {
                    failure: Box::new(failure),
                });
            }
        }
        let complete = ledger.complete(migration.version(), nanoseconds(begun.elapsed()));
        run(&mut self.conn, complete)
            .await
            .map_err(doing("complete the ledger's row"))?;
        Ok(begun.elapsed())
    }

    /// After an error that the server told: leaves nothing behind, so that the file may be corrected.
    /// If that fails too, the row stays, and the next run repairs.
    async fn take_back(&mut self, step: &Step, migration: &Migration, failure: &Failure) {
        // "It is there already": then it is not ours, and somebody may be building it just now.
        let is_ours = failure.sqlstate.as_deref() != Some("42P07");
        if is_ours && let Err(error) = self.repair(step, migration).await {
            tracing::warn!(%error, file = migration.file(), "what the migration left stays until the next run");
            return;
        }
        let forget = self.migrator.ledger().forget(migration.version());
        if let Err(error) = run(&mut self.conn, forget).await {
            tracing::warn!(%error, file = migration.file(), "the unfinished row stays until the next run");
        }
    }

    /// Drops the index that an interrupted build left, and only if it is invalid.
    async fn repair(&mut self, step: &Step, migration: &Migration) -> Result<Found, Error> {
        let Some(name) = index_name(migration) else {
            return Ok(Found::Nothing);
        };
        let found = self.look_for(&name).await?;
        if found == Found::Invalid {
            let index = format!("{}.{name}", self.migrator.options.schema);
            let doing = Error::doing(format!("drop the invalid index {index}"));
            run(
                &mut self.conn,
                format!("drop index concurrently if exists {index}"),
            )
            .await
            .map_err(doing)?;
            self.repaired(step, &format!("dropped the invalid index {index}"));
        }
        Ok(found)
    }

    /// An invalid index of that name before the first run is not ours to drop, and with
    /// `if not exists` the server would take it for the one that is wanted.
    async fn refuse_leftover(&mut self, migration: &Migration) -> Result<(), Error> {
        let Some(name) = index_name(migration) else {
            return Ok(());
        };
        if self.look_for(&name).await? != Found::Invalid {
            return Ok(());
        }
        let schema = &self.migrator.options.schema;
        let message = format!(
            "an invalid index of that name is there, left by an earlier build of another tool or still \
             being built: see that nobody builds it, then `drop index concurrently {schema}.{name}`"
        );
        Err(Error::Refused {
            problems: vec![Problem::new(migration.file(), message)],
        })
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

    fn repaired(&mut self, step: &Step, action: &str) {
        tracing::warn!(
            file = step.file,
            action,
            "repaired an interrupted migration"
        );
        (self.on_event)(Event::Repaired { step, action });
    }
}

fn index_name(migration: &Migration) -> Option<Ident> {
    let statements = migration.statements();
    let index = ConcurrentIndex::of(statements.first()?)?;
    Ident::new(index.name?).ok()
}

/// Whether the error of a second run says that the first one had done its work.
fn had_ended(migration: &Migration, error: &sqlx::Error) -> bool {
    let statements = migration.statements();
    let Some(statement) = statements.first() else {
        return false;
    };
    let code = error.as_database_error().and_then(DatabaseError::code);
    match code.as_deref() {
        Some("42710") => statement.is_words(0, &["alter", "type"]) && statement.has_word("add"),
        Some("42704") => statement.is_words(0, &["drop", "index", "concurrently"]),
        _ => false,
    }
}
