use super::block;
use crate::journal::digest_of;
use crate::ledger::literal;
use crate::log::{Log, Note};
use crate::message::Message;
use crate::role_change::changes_role;
use crate::session;
use crate::split::Statement;
use crate::statement_kind::StatementKind;
use crate::{Act, Migration, Migrator, Version};

/// Since the transaction began, and since the row was written: nobody measures from outside.
const ELAPSED: &str =
    "(extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.now()) * 1000000000)::bigint";
const ELAPSED_SINCE: &str =
    "(extract(epoch from pg_catalog.clock_timestamp() - installed_on) * 1000000000)::bigint";

/// One migration of a script, with what an `apply` does around it.
pub(super) struct File<'a> {
    pub(super) migrator: &'a Migrator,
    pub(super) log: &'a Log<'a>,
    pub(super) migration: &'a Migration,
    /// The newest migration that must be there when this one runs.
    pub(super) previous: Option<Version>,
}

impl File<'_> {
    pub(super) fn render(&self) -> String {
        let name = self.migration.file().escape_debug();
        let options = &self.migrator.options;
        let session = session::prepare(options, Some(self.migration), false).render();
        let body = if self.migration.is_transactional() {
            self.in_transaction()
        } else {
            self.outside_transaction()
        };
        format!("\n-- {name}\n{session}{body}")
    }

    /// The file and its row, together.
    fn in_transaction(&self) -> String {
        let row = self.migrator.ledger().insert(self.migration, true, ELAPSED);
        let entry = self.entry(&Note::new(Act::Applied, self.migration));
        format!(
            "begin;\n{}{}\n;\n{}{row};\n{entry}commit;\n",
            self.guard(),
            self.migration.sql().trim_end(),
            self.role(),
        )
    }

    /// The row first, each statement with its entries in the log, so that an `apply` can go on where this stops.
    fn outside_transaction(&self) -> String {
        let ledger = self.migrator.ledger();
        let row = ledger.insert(self.migration, false, -1);
        let entry = self.entry(&Note::new(Act::Began, self.migration));
        let begun = format!("begin;\n{}{row};\n{entry}commit;\n", self.guard());
        let statements = self.migration.statements();
        let mut role = String::new();
        let mut body = String::new();
        for (index, statement) in statements.iter().enumerate() {
            body.push_str(&self.statement(index + 1, statement, &role));
            if changes_role(statement) {
                role = format!("{role}{};\n", statement.source());
            }
        }
        let row = ledger.complete(self.migration, ELAPSED_SINCE);
        let entry = self.entry(&Note::new(Act::Applied, self.migration));
        let role = self.role();
        format!("{begun}{body}begin;\n{role}{row};\n{entry}commit;\n")
    }

    /// `role` is what the statements before it have said about that: entries of the log are written as the owner.
    fn statement(&self, number: usize, statement: &Statement<'_>, role: &str) -> String {
        let text = format!("{role}{}", statement.source());
        let digest = digest_of(statement);
        let entry = |act| {
            let mut note = Note::new(act, self.migration);
            note.statement = Some((number, &digest));
            format!("{}{}", self.role(), self.entry(&note))
        };
        match StatementKind::of(statement) {
            StatementKind::Session => format!("{text};\n"),
            StatementKind::InTransaction => {
                let timeout = self.migrator.options.lock_timeout;
                let begin = session::begin_statement(self.migration, timeout);
                let ended = entry(Act::StatementEnded);
                format!("{begin};\n{text};\n{ended}commit;\n")
            }
            // Whether it ends transactions is seen only when it runs, so it runs where it may.
            StatementKind::ConcurrentIndex(_) | StatementKind::Outside | StatementKind::Unsure => {
                let (began, ended) = (entry(Act::StatementBegan), entry(Act::StatementEnded));
                format!("{began}{text};\n{ended}")
            }
        }
    }

    fn guard(&self) -> String {
        let version = self.migration.version();
        let (previous, what) = match self.previous {
            Some(previous) => (
                previous.to_string(),
                format!(
                    "migration {version} of this script is for a database whose newest migration is {previous}"
                ),
            ),
            None => (
                "null".to_owned(),
                format!("migration {version} of this script is for a database without migrations"),
            ),
        };
        let guard = include_str!("../../sql/script/guard.sql")
            .replace("'{what}'", &literal(&what))
            .replace("{previous}", &previous)
            .replace("{ledger}", &self.migrator.ledger().table());
        block(&guard)
    }

    fn role(&self) -> String {
        session::become_owner(Message::default(), &self.migrator.options).render()
    }

    fn entry(&self, note: &Note<'_>) -> String {
        format!("{};\n", self.log.insert(note))
    }
}
