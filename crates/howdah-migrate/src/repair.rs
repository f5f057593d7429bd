use crate::ledger::Contents;
use crate::log::Note;
use crate::message::Message;
use crate::run::Run;
use crate::{Act, Done, Error, Event, Migration, Migrator, Report};

impl Run<'_> {
    /// Writes the checksums of today's files into the ledger.
    pub(crate) async fn repair(&mut self, reason: &str, report: &mut Report) -> Result<(), Error> {
        self.begin(None).await?;
        let mends = self.migrator.plan_repair(&mut self.conn).await?;
        let (ledger, log) = (self.migrator.ledger(), self.migrator.log());
        log.create_if_missing(&mut self.conn).await?;
        let doing = "write the ledger";
        let mut sql = Message::default();
        for migration in &mends {
            let mut note = Note::new(Act::Repaired, migration);
            note.message = Some("the checksum is that of the file as it is now");
            note.reason = Some(reason);
            sql = sql.and(doing, ledger.set_checksum(migration));
            sql = sql.and(doing, log.insert(&note));
        }
        self.commit_own(sql).await?;
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
