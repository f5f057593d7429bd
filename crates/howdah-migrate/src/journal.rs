use sqlx::postgres::PgRow;

use crate::checksum::Checksum;
use crate::simple_query::column;
use crate::split::Statement;
use crate::{Act, Migration};

/// How far a migration outside a transaction had come when it was interrupted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Journal {
    /// The digests of the statements that ended, by their number from 1; a statement that only sets the session has none.
    ended: Vec<(usize, String)>,
    /// The statement that began and, as far as is known, did not end.
    running: Option<(usize, String)>,
    /// What was there before that, as the log has it: the invalid indexes by their OIDs, or the partition.
    before: String,
    /// When, in UTC.
    began_at: Option<String>,
    /// Whether it was the way back.
    leads_back: bool,
    /// Whether it was we who began: of what another program does, nothing is written down.
    is_ours: bool,
}

impl Journal {
    pub(crate) fn from_rows(rows: &[PgRow]) -> Result<Self, sqlx::Error> {
        let mut journal = Self {
            is_ours: !rows.is_empty(),
            ..Self::default()
        };
        if let Some(first) = rows.first() {
            journal.began_at = Some(column(first, "at")?);
        }
        for row in rows {
            let act: String = column(row, "act")?;
            let number: Option<i32> = column(row, "statement")?;
            let digest: Option<String> = column(row, "digest")?;
            if Act::of(&act) == Some(Act::RevertBegan) {
                journal.leads_back = true;
            }
            let Some(number) = number.and_then(|number| usize::try_from(number).ok()) else {
                continue;
            };
            journal.add(Act::of(&act), number, digest.unwrap_or_default());
            let message: Option<String> = column(row, "message")?;
            journal.before = message.unwrap_or_default();
        }
        Ok(journal)
    }

    fn add(&mut self, act: Option<Act>, number: usize, digest: String) {
        self.running = None;
        match act {
            Some(Act::StatementEnded) => self.ended.push((number, digest)),
            Some(Act::StatementBegan) => self.running = Some((number, digest)),
            _ => {}
        }
    }

    pub(crate) fn leads_back(&self) -> bool {
        self.leads_back
    }

    /// How many statements have ended, if that is written down: of code, it is checkpoints.
    pub(crate) fn ended(&self, migration: &Migration) -> Option<usize> {
        let is_known = self.is_ours && migration.code_name().is_none();
        is_known.then_some(self.ended.len())
    }

    pub(crate) fn has_ended(&self, number: usize) -> bool {
        self.ended.iter().any(|(ended, _)| *ended == number)
    }

    pub(crate) fn was_running(&self, number: usize) -> bool {
        self.running
            .as_ref()
            .is_some_and(|(running, _)| *running == number)
    }

    /// What was there before this statement began, which has not ended.
    pub(crate) fn before(&self, number: usize) -> Option<&str> {
        self.was_running(number).then_some(&self.before)
    }

    /// Whether nothing of the file is done: then it may be edited as one that never ran.
    pub(crate) fn is_empty(&self) -> bool {
        self.ended.is_empty() && self.running.is_none()
    }

    /// Whether it was this crate that began it, with an entry for each statement.
    pub(crate) fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// When it began, as the server writes it, in UTC.
    pub(crate) fn began_at(&self) -> Option<&str> {
        self.began_at.as_deref()
    }

    /// Since when it is unfinished, and at which statement.
    pub(crate) fn story(&self) -> String {
        let what = if self.leads_back {
            "its way back"
        } else {
            "it"
        };
        let at = self.began_at.as_deref().unwrap_or("some time");
        let ended = self.ended.len();
        let at_which = self.running.as_ref().map_or_else(
            || format!("{ended} statement(s) of it have ended"),
            |(number, _)| {
                format!("{ended} statement(s) of it have ended, and statement {number} had begun")
            },
        );
        format!("{what} began outside a transaction at {at} UTC and did not end: {at_which}")
    }

    /// The first statement that has run, or may have, and is not in the file any more, in its place. What comes behind
    /// them may be edited.
    pub(crate) fn edited(&self, migration: &Migration) -> Option<usize> {
        let statements = migration.statements();
        let mut known = self.ended.iter().chain(&self.running);
        let edited = known.find(|(number, digest)| {
            let statement = number
                .checked_sub(1)
                .and_then(|index| statements.get(index));
            statement.is_none_or(|statement| digest_of(statement) != *digest)
        });
        edited.map(|(number, _)| *number)
    }
}

/// Without comments and without the white space between its parts.
pub(crate) fn digest_of(statement: &Statement<'_>) -> String {
    let digest = Checksum::of(statement.canonical()).to_string();
    digest.get(..32).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_name::FileName;
    use crate::split::split;

    fn migration(sql: &str) -> Migration {
        let name = FileName::parse("1_a.sql").unwrap();
        Migration::new(name, "1_a.sql".to_owned(), sql)
    }

    fn journal(sql: &str, ended: usize) -> Journal {
        let mut journal = Journal::default();
        for (index, statement) in split(sql).iter().enumerate().take(ended) {
            journal.add(Some(Act::StatementBegan), index + 1, String::new());
            journal.add(Some(Act::StatementEnded), index + 1, digest_of(statement));
        }
        journal
    }

    #[test]
    fn what_has_not_run_may_be_edited() {
        let journal = journal("vacuum a; vacuum b; vacum c;", 2);
        assert!(journal.has_ended(2) && !journal.has_ended(3));
        let mended = migration("vacuum  a; -- a comment\nvacuum b; vacuum c; vacuum d;");
        assert_eq!(journal.edited(&mended), None);
    }

    #[test]
    fn what_has_run_may_not_be_edited() {
        let journal = journal("vacuum a; vacuum b;", 2);
        for (edited, number) in [
            ("vacuum b; vacuum a;", 1),
            ("vacuum a;", 2),
            ("vacuum a; vacuum \"B\";", 2),
        ] {
            assert_eq!(journal.edited(&migration(edited)), Some(number), "{edited}");
        }
    }

    #[test]
    fn the_last_that_began_and_did_not_end_was_running() {
        let mut journal = journal("vacuum a;", 1);
        assert!(!journal.was_running(1));
        journal.add(Some(Act::StatementBegan), 2, String::new());
        assert!(journal.was_running(2) && !journal.is_empty());
    }
}
