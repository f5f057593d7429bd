use std::time::Duration;

use sqlx::PgConnection;

use crate::fill::fill;
use crate::ledger::literal;
use crate::simple_query::run;
use crate::{Act, Error, Failure, Migration, Options, Version};

/// The table beside the ledger: who did what, and how far a migration outside a transaction has come. sqlx does not
/// know it.
#[derive(Debug)]
pub(crate) struct Log<'a> {
    options: &'a Options,
}

/// What is to be written down.
#[derive(Debug)]
pub(crate) struct Note<'a> {
    pub(crate) act: Act,
    pub(crate) migration: &'a Migration,
    /// The number of the statement, from 1, and what it was.
    pub(crate) statement: Option<(usize, &'a str)>,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) failure: Option<&'a Failure>,
    pub(crate) message: Option<&'a str>,
    pub(crate) reason: Option<&'a str>,
}

impl<'a> Note<'a> {
    pub(crate) fn new(act: Act, migration: &'a Migration) -> Self {
        Self {
            act,
            migration,
            statement: None,
            elapsed: None,
            failure: None,
            message: None,
            reason: None,
        }
    }
}

impl<'a> Log<'a> {
    pub(crate) fn new(options: &'a Options) -> Self {
        Self { options }
    }

    pub(crate) fn table(&self) -> String {
        let options = self.options;
        format!("{}.{}", options.ledger_schema(), options.ledger.log())
    }

    pub(crate) fn create(&self) -> String {
        include_str!("../sql/create_log.sql").replace("{log}", &self.table())
    }

    pub(crate) async fn create_if_missing(&self, conn: &mut PgConnection) -> Result<(), Error> {
        let doing = Error::doing(format!(
            "create the log {} (it needs create on the schema)",
            self.table()
        ));
        run(conn, self.create()).await.map_err(doing)
    }

    /// Of everything, the oldest first.
    pub(crate) fn history(&self) -> String {
        include_str!("../sql/history.sql").replace("{log}", &self.table())
    }

    /// Of what the last run of a migration outside a transaction has begun and ended.
    pub(crate) fn journal(&self, version: i64) -> String {
        self.of_version(include_str!("../sql/journal.sql"), version)
    }

    /// What the newest batch of the run that is unfinished has said.
    pub(crate) fn checkpoint(&self, version: Version) -> String {
        self.of_version(include_str!("../sql/checkpoint.sql"), version.as_i64())
    }

    /// How long it took what has ended of the run that is unfinished.
    pub(crate) fn elapsed(&self, version: Version) -> String {
        self.of_version(include_str!("../sql/elapsed.sql"), version.as_i64())
    }

    fn of_version(&self, sql: &str, version: i64) -> String {
        fill(
            sql,
            &[("log", &self.table()), ("version", &version.to_string())],
        )
    }

    /// Of rows that leave the ledger; `delete` takes them out.
    pub(crate) fn retire(&self, delete: &str, message: &str) -> String {
        let actor = &self.options.actor;
        fill(
            include_str!("../sql/retire.sql"),
            &[
                ("log", &self.table()),
                ("delete", delete),
                ("message", &literal(message)),
                ("application_version", &text(actor.version.as_deref())),
                ("host", &text(actor.host.as_deref())),
                ("person", &text(actor.person.as_deref())),
            ],
        )
    }

    pub(crate) fn insert(&self, note: &Note<'_>) -> String {
        let message = note
            .failure
            .map(ToString::to_string)
            .or_else(|| note.message.map(str::to_owned));
        let sqlstate = note.failure.and_then(|failure| failure.sqlstate.as_deref());
        let (number, digest) = note.statement.unzip();
        let elapsed = note.elapsed.map(|elapsed| {
            i64::try_from(elapsed.as_nanos())
                .unwrap_or(i64::MAX)
                .to_string()
        });
        let null = || "null".to_owned();
        let actor = &self.options.actor;
        format!(
            "insert into {} (act, version, description, statement, digest, elapsed, sqlstate, message, reason, \
             application_version, host, person)\nvalues ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
            self.table(),
            literal(note.act.name()),
            note.migration.version(),
            literal(note.migration.description()),
            number.map_or_else(null, |number| number.to_string()),
            text(digest),
            elapsed.unwrap_or_else(null),
            text(sqlstate),
            text(message.as_deref()),
            text(note.reason),
            text(actor.version.as_deref()),
            text(actor.host.as_deref()),
            text(actor.person.as_deref()),
        )
    }
}

fn text(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), literal)
}
