use crate::ledger::Row;
use crate::message::Message;
use crate::run::Run;
use crate::simple_query::script;
use crate::{Error, Failure, Migration, session};

impl Run<'_> {
    /// What a file holds, in the transaction that has begun.
    pub(super) async fn whole_file(&mut self, migration: &Migration) -> Result<(), Error> {
        if let Some(body) = migration.body() {
            return self.code(migration, body, None).await.map(drop);
        }
        let ledger = self.migrator.options.ledger.table();
        // Only a file that names the ledger costs the messages.
        let before = if names(migration, ledger.as_str()) {
            Some(self.migrator.read(&mut self.conn).await?.rows)
        } else {
            None
        };
        script(&mut self.conn, migration.sql())
            .await
            .map_err(|(ended, error)| Error::Migration {
                failure: Box::new(Failure::new(migration, ended, &error)),
            })?;
        match before {
            Some(before) => self.refuse_other_rows(migration, &before).await,
            None => Ok(()),
        }
    }

    /// The rows of other migrations are not a file's: the next run would apply once more what has none.
    async fn refuse_other_rows(
        &mut self,
        migration: &Migration,
        before: &[Row],
    ) -> Result<(), Error> {
        let owner = session::become_owner(Message::default(), &self.migrator.options);
        owner.send(&mut self.conn).await?;
        let after = self.migrator.read(&mut self.conn).await?.rows;
        let gone = before.iter().filter(|row| !after.contains(row));
        let new = after.iter().filter(|row| !before.contains(row));
        let mut changed: Vec<i64> = gone.chain(new).map(|row| row.version).collect();
        changed.sort_unstable();
        changed.dedup();
        if changed.is_empty() {
            return Ok(());
        }
        let failure = Box::new(Failure::of_ledger(migration, &changed));
        Err(Error::Migration { failure })
    }
}

fn names(migration: &Migration, ledger: &str) -> bool {
    let sql = migration.sql().to_ascii_lowercase();
    sql.contains(&ledger.to_ascii_lowercase())
}
