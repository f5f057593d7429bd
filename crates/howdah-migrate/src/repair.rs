use crate::ledger::Contents;
use crate::log::Note;
use crate::run::Run;
use crate::{Act, Done, Error, Event, Migration, Migrator, Report};

impl Run<'_> {
    /// Writes the checksums of today's files into the ledger.
    pub(crate) async fn repair(&mut self, reason: &str, report: &mut Report) -> Result<(), Error> {
        let mends = self.migrator.plan_repair(&mut self.conn).await?;
        if mends.is_empty() {
            return Ok(());
        }
        let (ledger, log) = (self.migrator.ledger(), self.migrator.log());
        let create = log.create();
        let mut sql = vec![create];
        for migration in &mends {
            let mut note = Note::new(Act::Repaired, migration);
            note.message = Some("the checksum is that of the file as it is now");
            note.reason = Some(reason);
            sql.push(ledger.set_checksum(migration));
            sql.push(log.insert(&note));
        }
        self.as_owner(sql.join(";\n"))
            .await
            .map_err(Error::doing("write the ledger"))?;
        report.repaired = mends.iter().map(Done::of).collect();
        report
            .repaired
            .iter()
            .for_each(|done| (self.on_event)(Event::Finished(done)));
        Ok(())
    }
}

/// The files that were edited after they were applied.
pub(crate) fn edited(migrator: &Migrator, contents: &Contents) -> Vec<Migration> {
    let applied = contents.rows.iter().filter(|row| row.success);
    applied
        .filter_map(|row| {
            let version = crate::Version::new(row.version)?;
            let migration = migrator.migrations.get(version)?;
            (!migration.matches(&row.checksum)).then(|| migration.clone())
        })
        .collect()
}
