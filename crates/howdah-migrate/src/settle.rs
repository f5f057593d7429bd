use crate::ledger::Contents;
use crate::log::Note;
use crate::message::Message;
use crate::run::Run;
use crate::squash::Squashes;
use crate::{Act, Done, Error, Event, Migration, Migrator};

const DOING: &str = "write the ledger";

impl Run<'_> {
    /// Puts the row of a squash in place of those of what it replaces, in one transaction: what is interrupted before it
    /// is found by the next run.
    pub(crate) async fn replace(&mut self, squash: &Migration) -> Result<Done, Error> {
        self.settle(squash).await?;
        let done = Done::of(squash);
        (self.on_event)(Event::Finished(&done));
        Ok(done)
    }

    /// The same of what is to be taken back, which is no news.
    pub(crate) async fn settle(&mut self, squash: &Migration) -> Result<(), Error> {
        self.begin(None).await?;
        let contents = self.migrator.read(&mut self.conn).await?;
        let sql = settle(self.migrator, &contents, squash, None);
        self.commit_own(sql).await?;
        tracing::info!(
            version = squash.version().as_i64(),
            replaces = %squash.replaced(),
            "a squash stands for what is applied"
        );
        Ok(())
    }
}

/// What gives each file its row, and takes the rows without a file away.
pub(crate) fn settle(
    migrator: &Migrator,
    contents: &Contents,
    squash: &Migration,
    reason: Option<&str>,
) -> Message {
    let sql = Message::default();
    let Some(found) = Squashes::of(&migrator.migrations, contents).get(squash.version()) else {
        return sql;
    };
    let (ledger, log) = (migrator.ledger(), migrator.log());
    let message = format!("it stands for {}", squash.replaced());
    let mut note = Note::new(Act::Stamped, squash);
    note.message = Some(&message);
    note.reason = reason;
    let sql = if found.is_applied {
        sql
    } else {
        sql.and(DOING, ledger.insert(squash, true, 0))
            .and(DOING, log.insert(&note))
    };
    let sql = sql.then(stood_for(migrator, squash, &found.without_row));
    if found.gone.is_empty() {
        return sql;
    }
    let delete = ledger.retire(&found.gone);
    sql.and(DOING, log.retire(&delete, &message_of(squash)))
}

/// What gives the files beside a squash that has just run their rows: they never will.
pub(crate) fn beside(migrator: &Migrator, squash: &Migration) -> Message {
    let files: Vec<&Migration> = squash
        .replaces()
        .filter_map(|version| migrator.migrations.get(version))
        .collect();
    stood_for(migrator, squash, &files)
}

fn stood_for(migrator: &Migrator, squash: &Migration, files: &[&Migration]) -> Message {
    let message = message_of(squash);
    files.iter().fold(Message::default(), |sql, file| {
        let mut note = Note::new(Act::Replaced, file);
        note.message = Some(&message);
        sql.and(DOING, migrator.ledger().insert(file, true, 0))
            .and(DOING, migrator.log().insert(&note))
    })
}

fn message_of(squash: &Migration) -> String {
    format!("{} stands for it", squash.version())
}
