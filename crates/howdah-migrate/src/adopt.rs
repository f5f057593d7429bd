mod find;
mod holes;
mod pair;
mod sip;

use sqlx::PgConnection;

use crate::log::Note;
use crate::message::Message;
use crate::run::Run;
use crate::{Act, Adoption, Done, Error, Event, Legacy, Migrator, Plan, Report};

/// One entry of another tool's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    entry: String,
    name: Option<String>,
    checksum: Option<String>,
    /// It began, and nobody knows whether it ended.
    is_dirty: bool,
    at: Option<String>,
}

impl Run<'_> {
    /// Writes into the ledger what another tool has applied.
    pub(crate) async fn adopt(
        &mut self,
        legacy: &Legacy,
        report: &mut Report,
    ) -> Result<(), Error> {
        self.begin(None).await?;
        let migrator = self.migrator;
        let adoption = adoption(migrator, &mut self.conn, legacy).await?;
        let contents = migrator.read(&mut self.conn).await?;
        let plan = Plan::new(migrator.options.schema.clone(), &contents);
        let (ledger, log) = (migrator.ledger(), migrator.log());
        self.create(&plan).await?;
        let doing = "write the ledger";
        let mut sql = Message::default();
        for file in adoption.files.iter().filter(|file| !file.is_recorded) {
            let Some(migration) = migrator.migrations.get(file.version) else {
                continue;
            };
            let applied = file
                .at
                .as_deref()
                .map_or_else(String::new, |at| format!(", applied {at}"));
            let message = format!(
                "{} of {} has it: {}{applied}",
                adoption.table, adoption.tool, file.entry
            );
            let mut note = Note::new(Act::Stamped, migration);
            note.message = Some(&message);
            sql = sql.and(doing, ledger.insert(migration, true, 0));
            sql = sql.and(doing, log.insert(&note));
            report.stamped.push(Done::of(migration));
        }
        self.commit_own(sql).await?;
        for done in &report.stamped {
            (self.on_event)(Event::Finished(done));
        }
        Ok(())
    }
}

/// What the other ledger has, and which files that is, or everything that stands in the way.
pub(crate) async fn adoption(
    migrator: &Migrator,
    conn: &mut PgConnection,
    legacy: &Legacy,
) -> Result<Adoption, Error> {
    let refused = |problems| Error::Refused { problems };
    let (table, found) = find::find(migrator, conn, legacy).await?;
    let contents = migrator.read(conn).await?;
    let files = pair::pair(&migrator.migrations, legacy, &table, &found).map_err(refused)?;
    let mut adoption = Adoption {
        tool: legacy.tool,
        table,
        files,
    };
    holes::check(migrator, &contents, &mut adoption).map_err(refused)?;
    Ok(adoption)
}
