use crate::ledger::{Contents, Ledger};
use crate::log::{Log, Note};
use crate::run::Run;
use crate::squash::Squashes;
use crate::{Act, Done, Error, Event, Migration, Migrator, advisory_lock};

impl Run<'_> {
    /// Puts the row of a squash in place of those of what it replaces, as far as that is still to be done. One message
    /// is one transaction, and what is interrupted before it is found by the next run.
    pub(crate) async fn settle(&mut self, squash: &Migration) -> Result<(), Error> {
        let migrator = self.migrator;
        let contents = migrator.read(&mut self.conn).await?;
        let sql = settle(migrator, &contents, squash, None);
        if sql.is_empty() {
            return Ok(());
        }
        if let Some(key) = self.key {
            advisory_lock::check_held(&mut self.conn, key).await?;
        }
        self.as_owner(sql.join(";\n"))
            .await
            .map_err(Error::doing(format!(
                "write the ledger's row of {}",
                squash.file()
            )))
    }

    /// The same, as all that is done.
    pub(crate) async fn replace(&mut self, squash: &Migration) -> Result<Done, Error> {
        self.settle(squash).await?;
        let done = Done::of(squash);
        tracing::info!(
            version = squash.version().as_i64(),
            replaces = %squash.replaced(),
            "a squash stands for what is applied"
        );
        (self.on_event)(Event::Finished(&done));
        Ok(done)
    }
}

/// The statements that give each file its row, and take those without a file away.
pub(crate) fn settle(
    migrator: &Migrator,
    contents: &Contents,
    squash: &Migration,
    reason: Option<&str>,
) -> Vec<String> {
    let Some(squash) = Squashes::of(&migrator.migrations, contents).get(squash.version()) else {
        return Vec::new();
    };
    let (ledger, log) = (migrator.ledger(), migrator.log());
    let mut sql = Vec::new();
    if !squash.is_applied {
        let message = format!("it stands for {}", squash.migration.replaced());
        sql.extend(stamp(
            &ledger,
            &log,
            squash.migration,
            (Act::Stamped, &message, reason),
        ));
    }
    let message = format!("{} stands for it", squash.migration.version());
    for migration in &squash.without_row {
        sql.extend(stamp(
            &ledger,
            &log,
            migration,
            (Act::Replaced, &message, reason),
        ));
    }
    if !squash.gone.is_empty() {
        sql.push(log.retire(&ledger.retire(&squash.gone), &message));
    }
    sql
}

fn stamp(
    ledger: &Ledger<'_>,
    log: &Log<'_>,
    migration: &Migration,
    (act, message, reason): (Act, &str, Option<&str>),
) -> [String; 2] {
    let mut note = Note::new(act, migration);
    note.message = Some(message);
    note.reason = reason;
    [ledger.insert(migration, true, 0), log.insert(&note)]
}
