use crate::journal::Journal;
use crate::ledger::{Contents, Row};
use crate::{Migration, Migrations, Problem};

/// What is said about a migration that began outside a transaction and did not end, and that cannot go on as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun<'a> {
    pub(crate) row: &'a Row,
    pub(crate) journal: Option<&'a Journal>,
}

impl Begun<'_> {
    /// The file runs in a transaction now, which leaves nothing unfinished.
    pub(crate) fn without_mark(self, migration: &Migration) -> Problem {
        let way_out = self.way_out();
        let Some(journal) = self.journal.filter(|journal| journal.is_ours()) else {
            let message = format!(
                "the ledger says it began and did not end, which a transaction cannot do: another program wrote this \
                 row, or the file had its `-- no-transaction` then. Look at what the migration left; {way_out}, or \
                 finish it and set `success` to true"
            );
            return Problem::new(migration.file(), message);
        };
        let (story, go_on) = (journal.story(), self.go_on());
        let message = format!(
            "{story}; its first line is `-- no-transaction` no more: put that back and {go_on}, or {way_out}"
        );
        Problem::new(migration.file(), message)
    }

    /// No file has its version.
    pub(crate) fn without_file(self, migrations: &Migrations, contents: &Contents) -> Problem {
        let Row {
            version,
            description,
            ..
        } = self.row;
        let story = self.journal.filter(|journal| journal.is_ours());
        let story = story.map_or_else(|| "it began and did not end".to_owned(), Journal::story);
        let file = match renamed(migrations, contents, self.row) {
            Some(file) => format!("{file} has its text: give that its version {version} back"),
            None => "bring the file back".to_owned(),
        };
        let (go_on, way_out) = (self.go_on(), self.way_out());
        let message =
            format!("{story}, and there is no file for it: {file} and {go_on}, or {way_out}");
        Problem::new(format!("ledger row {version} ({description})"), message)
    }

    /// What has run, or may have, is not in the file any more; what has not may be corrected: that is how a file goes on
    /// whose third statement fails.
    pub(crate) fn edited(self, migration: &Migration) -> Option<Problem> {
        if migration.matches(&self.row.checksum) {
            return None;
        }
        match self.journal.filter(|journal| !journal.is_empty()) {
            Some(journal) => self.edited_statement(journal, migration),
            None => Some(self.problem(
                migration,
                "the file was edited while its first run is unfinished: restore it and",
                ", then change it",
            )),
        }
    }

    /// The same of a file that is not the one of the ledger's row: that of the way back.
    pub(crate) fn edited_statement(
        self,
        journal: &Journal,
        migration: &Migration,
    ) -> Option<Problem> {
        let number = journal.edited(migration)?;
        let what = format!(
            "its statement {number} was edited while its first run is unfinished: restore that one and those before \
             it, and"
        );
        Some(self.problem(migration, &what, "; what comes behind them may be edited"))
    }

    fn problem(self, migration: &Migration, what: &str, more: &str) -> Problem {
        let (go_on, way_out) = (self.go_on(), self.way_out());
        let message = format!("{what} {go_on}{more}. Or {way_out}");
        Problem::new(migration.file(), message)
    }

    fn go_on(self) -> &'static str {
        if self.journal.is_some_and(Journal::leads_back) {
            "take it back to its end (`howdah migrate down`)"
        } else {
            "apply (`howdah migrate up`)"
        }
    }

    fn way_out(self) -> String {
        format!(
            "undo by hand what it did and give it up: `howdah migrate repair --abandon {} --reason \"...\"`",
            self.row.version
        )
    }
}

/// The file that has the text of a row, another version, and no row of its own.
pub(crate) fn renamed<'a>(
    migrations: &'a Migrations,
    contents: &Contents,
    row: &Row,
) -> Option<&'a str> {
    let mut files = migrations.iter();
    let found = files.find(|file| {
        let version = file.version().as_i64();
        let is_same = file.checksum().is(&row.checksum);
        is_same && contents.rows.iter().all(|other| other.version != version)
    })?;
    Some(found.file())
}
