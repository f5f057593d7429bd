use sqlx::PgConnection;

use crate::file_name::{Direction, FileName};
use crate::ledger::{Contents, Row};
use crate::log::Note;
use crate::message::Message;
use crate::run::Run;
use crate::{Act, Done, Error, Event, Migration, Migrations, Migrator, Problem, Report, Version};

impl Run<'_> {
    /// As if it never began: without its row, or applied again if it was its way back that began.
    pub(crate) async fn abandon(
        &mut self,
        version: Version,
        reason: &str,
        report: &mut Report,
    ) -> Result<(), Error> {
        self.begin(None).await?;
        let contents = self.migrator.read(&mut self.conn).await?;
        let row = unfinished(&self.migrator.migrations, &contents, version)?;
        let journal = contents.journals.get(&row.version);
        let leads_back = journal.is_some_and(crate::journal::Journal::leads_back);
        let (ledger, log) = (self.migrator.ledger(), self.migrator.log());
        let (write, message) = if leads_back {
            (
                ledger.close_again(version),
                "it is applied, as before its way back began",
            )
        } else {
            (ledger.forget(version), "it is pending, as before it began")
        };
        log.create_if_missing(&mut self.conn).await?;
        let migration = migration(&self.migrator.migrations, version, row);
        let mut note = Note::new(Act::Abandoned, &migration);
        note.message = Some(message);
        note.reason = Some(reason);
        let doing = "write the ledger";
        let sql = Message::default()
            .and(doing, write)
            .and(doing, log.insert(&note));
        self.commit_own(sql).await?;
        let done = Done::of(&migration);
        (self.on_event)(Event::Finished(&done));
        report.abandoned.push(done);
        Ok(())
    }
}

impl Migrator {
    /// What [`Migrator::abandon`] would give up. It only reads.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is not unfinished, [`Error::NoSuchVersion`] if there is no such migration;
    /// [`Error::Database`].
    pub async fn plan_abandon(
        &self,
        conn: &mut PgConnection,
        version: Version,
    ) -> Result<Migration, Error> {
        let contents = self.read(conn).await?;
        let row = unfinished(&self.migrations, &contents, version)?;
        Ok(migration(&self.migrations, version, row))
    }
}

fn unfinished<'a>(
    migrations: &Migrations,
    contents: &'a Contents,
    version: Version,
) -> Result<&'a Row, Error> {
    let mut rows = contents.rows.iter();
    let row = rows.find(|row| row.version == version.as_i64());
    if row.is_none() && migrations.get(version).is_none() {
        return Err(Error::NoSuchVersion { version });
    }
    row.filter(|row| !row.success).ok_or_else(|| {
        let message = "nothing of it is unfinished, so there is nothing to give up";
        Error::Refused {
            problems: vec![Problem::new(format!("version {version}"), message)],
        }
    })
}

fn migration(migrations: &Migrations, version: Version, row: &Row) -> Migration {
    let known = migrations.get(version).cloned();
    known.unwrap_or_else(|| without_file(version, row))
}

/// Whoever gives it up may have removed the file first.
fn without_file(version: Version, row: &Row) -> Migration {
    let name = FileName {
        version,
        description: row.description.clone(),
        direction: Direction::Simple,
    };
    Migration::new(name, format!("ledger row {version}"), "")
}
