use crate::log::Note;
use crate::message::Message;
use crate::run::Run;
use crate::settle::settle;
use crate::{Act, Done, Error, Event, Problem, Report, State};

impl Run<'_> {
    /// Says of everything that is pending, up to the target, that it is applied, and runs nothing: for a database that
    /// has it already.
    pub(crate) async fn stamp(&mut self, reason: &str, report: &mut Report) -> Result<(), Error> {
        self.begin(None).await?;
        let plan = self.migrator.plan(&mut self.conn).await?;
        let unfinished = plan
            .pending()
            .iter()
            .filter(|step| !matches!(step.state, State::Pending | State::Replacing));
        let problems: Vec<Problem> = unfinished
            .map(|step| {
                Problem::new(
                    &step.file,
                    "it began and did not end: apply it to its end first",
                )
            })
            .collect();
        if !problems.is_empty() {
            return Err(Error::Refused { problems });
        }
        self.create(&plan).await?;
        let (ledger, log) = (self.migrator.ledger(), self.migrator.log());
        let contents = self.migrator.read(&mut self.conn).await?;
        let doing = "write the ledger";
        let mut sql = Message::default();
        let mut stamped = Vec::new();
        for step in plan.to_do() {
            let Some(migration) = self.migrator.migrations.get(step.version) else {
                continue;
            };
            if migration.replaced().is_empty() {
                let mut note = Note::new(Act::Stamped, migration);
                note.reason = Some(reason);
                sql = sql.and(doing, ledger.insert(migration, true, 0));
                sql = sql.and(doing, log.insert(&note));
            } else {
                sql = sql.then(settle(self.migrator, &contents, migration, Some(reason)));
            }
            stamped.push(Done::of(migration));
        }
        self.commit_own(sql).await?;
        for done in &stamped {
            (self.on_event)(Event::Finished(done));
        }
        report.stamped = stamped;
        Ok(())
    }
}
