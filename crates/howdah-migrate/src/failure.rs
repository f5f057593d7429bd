use std::error::Error as StdError;
use std::fmt;

use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

use crate::Migration;
use crate::password::{masked, passwords};
use crate::place::Place;
use crate::snippet::snippet;
use crate::split::Statement;

const CANCELLED: &str = "it ran longer than the statement timeout, or somebody cancelled it: raise the timeout, do \
     less in one statement, or run again";

const LEDGER: &str = "nothing of this file was kept: leave the ledger to `howdah migrate` (`stamp`, `repair`, a squash), \
     and run again";

/// What the server said about a migration, and where in the file.
///
/// `Display` is made for people: the place, the line with a caret, detail, hint, context, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The file.
    pub file: String,
    /// The Rust code that ran in its place, by its name.
    pub code: Option<String>,
    /// The line, from 1; `None` if the server did not tell.
    pub line: Option<usize>,
    /// The column, from 1, in characters; `None` if only the statement is known.
    pub column: Option<usize>,
    /// The text of that line.
    pub text: Option<String>,
    /// The SQLSTATE; `None` if the connection broke.
    pub sqlstate: Option<String>,
    /// The message.
    pub message: String,
    /// The server's detail.
    pub detail: Option<String>,
    /// The server's hint.
    pub hint: Option<String>,
    /// Where in functions and blocks, the innermost first, a line each.
    pub context: Option<String>,
    /// What to do next.
    pub next: &'static str,
}

impl Failure {
    /// The whole file was sent, and `ended` of its statements had ended before `error`.
    pub(crate) fn new(migration: &Migration, ended: usize, error: &sqlx::Error) -> Self {
        let statements = migration.statements();
        let start = statements.get(ended).map(Statement::start);
        Self::at(migration, 0, start, error)
    }

    /// This statement was sent alone.
    pub(crate) fn of_statement(
        migration: &Migration,
        statement: &Statement<'_>,
        error: &sqlx::Error,
    ) -> Self {
        Self::at(migration, statement.start(), Some(statement.start()), error)
    }

    /// The server counts from the byte `sent`.
    fn at(migration: &Migration, sent: usize, start: Option<usize>, error: &sqlx::Error) -> Self {
        let mut failure = Self::without_place(migration, error);
        let sql = migration.sql();
        let position = postgres(error).and_then(PgDatabaseError::position);
        let exact = position.and_then(|position| exact_place(sql, sent, &position));
        let place = exact
            .clone()
            .or_else(|| start.map(|start| Place::of_byte(sql, start)));
        failure.line = place.as_ref().map(|place| place.line);
        failure.column = exact.map(|place| place.column);
        // What was removed from the file stands in it.
        let text = place.map(|place| Place::line(migration.raw(), place.line));
        failure.text = text.map(|text| masked(text, &passwords(migration)));
        failure
    }

    /// For an error at the end of the transaction, which belongs to no statement.
    pub(crate) fn without_place(migration: &Migration, error: &sqlx::Error) -> Self {
        let server = postgres(error);
        let sqlstate = server.map(|server| server.code().to_owned());
        let secret = passwords(migration);
        let shown = |text: &str| masked(text, &secret);
        Self {
            file: migration.file().to_owned(),
            code: migration.code_name().map(str::to_owned),
            line: None,
            column: None,
            text: None,
            next: next(
                migration,
                sqlstate.as_deref(),
                server.and_then(PgDatabaseError::routine),
            ),
            sqlstate,
            message: server.map_or_else(|| error.to_string(), |server| shown(server.message())),
            detail: server.and_then(|server| server.detail()).map(shown),
            hint: server.and_then(|server| server.hint()).map(shown),
            context: server.and_then(|server| server.r#where()).map(shown),
        }
    }

    /// The code itself failed, with whatever error.
    pub(crate) fn of_code(migration: &Migration, error: &(dyn StdError + 'static)) -> Self {
        let mut message = Vec::new();
        let mut cause = Some(error);
        let mut drivers = None;
        while let Some(error) = cause {
            drivers = error.downcast_ref::<sqlx::Error>();
            let server = drivers.and_then(postgres).map(PgDatabaseError::message);
            message.push(server.map_or_else(|| error.to_string(), str::to_owned));
            // The driver's message has its cause in it.
            cause = error.source().filter(|_| drivers.is_none());
        }
        let mut failure = match drivers {
            Some(error) => Self::without_place(migration, error),
            None => Self::said(migration, String::new()),
        };
        failure.message = message.join(": ");
        failure
    }

    /// What we say about code.
    pub(crate) fn said(migration: &Migration, message: String) -> Self {
        Self {
            message,
            next: correct_code(migration),
            ..Self::without_place(migration, &sqlx::Error::WorkerCrashed)
        }
    }

    /// It has changed the rows of these migrations.
    pub(crate) fn of_ledger(migration: &Migration, changed: &[i64]) -> Self {
        let changed: Vec<String> = changed.iter().map(ToString::to_string).collect();
        let message = format!(
            "it changes rows of the ledger that are not its own, of version {}",
            changed.join(", ")
        );
        Self {
            next: LEDGER,
            ..Self::said(migration, message)
        }
    }

    /// Whether it is about neither the server nor the connection.
    pub(crate) fn is_of_file(&self) -> bool {
        self.sqlstate.is_none() && (self.code.is_some() || self.next == LEDGER)
    }

    /// It was cancelled because its run was told to stop.
    pub(crate) fn blame_stop(&mut self, migration: &Migration) {
        if self.next != CANCELLED {
            return;
        }
        self.next = if migration.is_transactional() {
            "this run was told to stop, and cancelled it: nothing of this file was kept, and the next run begins with it"
        } else if migration.code().is_some() {
            "this run was told to stop, and cancelled it: nothing of this batch was kept, and the next run goes on \
             behind the last checkpoint"
        } else {
            "this run was told to stop, and cancelled it: what ended of this file before it stays, and the next run \
             goes on with this statement"
        };
    }

    fn snippet(&self) -> Option<String> {
        Some(snippet(self.line?, self.column, self.text.as_deref()?))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        f.write_str(": ")?;
        if let Some(code) = &self.code {
            write!(f, "code {code}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(sqlstate) = &self.sqlstate {
            write!(f, " (SQLSTATE {sqlstate})")?;
        }
        if let Some(snippet) = self.snippet() {
            write!(f, "\n{snippet}")?;
        }
        for (label, text) in [
            ("detail", &self.detail),
            ("hint", &self.hint),
            ("context", &self.context),
        ] {
            if let Some(text) = text {
                write!(f, "\n{label}: {}", text.replace('\n', "\n  "))?;
            }
        }
        write!(f, "\nnext: {}", self.next)
    }
}

impl std::error::Error for Failure {}

fn postgres(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

fn exact_place(sql: &str, sent: usize, position: &PgErrorPosition<'_>) -> Option<Place> {
    match position {
        PgErrorPosition::Original(position) => {
            let before = sql.get(..sent)?.chars().count();
            Some(Place::of_char(sql, before + position))
        }
        // The query of a function's body: it stands in the file if the file defines or runs that body.
        PgErrorPosition::Internal { position, query } => {
            let mut found = sql.match_indices(query);
            let (start, _) = found.next().filter(|_| !query.is_empty())?;
            if found.next().is_some() {
                return None;
            }
            let before = sql.get(..start)?.chars().count();
            Some(Place::of_char(sql, before + position))
        }
    }
}

fn correct_code(migration: &Migration) -> &'static str {
    if migration.is_transactional() {
        "nothing of it was kept: correct the code and run again"
    } else {
        "nothing of this batch was kept: correct the code and run again, it goes on behind the last checkpoint"
    }
}

/// The functions of the server that make or rename a thing of the whole server; unlike its messages, they are in no
/// language.
const OF_SERVER: [&str; 6] = [
    "CreateRole",
    "CreateTableSpace",
    "createdb",
    "RenameRole",
    "RenameTableSpace",
    "RenameDatabase",
];

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn next(migration: &Migration, sqlstate: Option<&str>, routine: Option<&str>) -> &'static str {
    match sqlstate {
        Some("42710" | "42P04") if routine.is_some_and(|name| OF_SERVER.contains(&name)) => {
            "it belongs to the server, not to this database, and another database may use it, so leave it: write \
             `do $$ begin if not exists (...) then ...; end if; end $$`, or make it outside of the migrations (roles: \
             `howdah roles`); then run again"
        }
        None | Some("57P01" | "57P02" | "57P03") => {
            "the connection ended; run again, what was left is repaired"
        }
        Some("55P04") => {
            "a new value of an enum cannot be used in the transaction that adds it: \
             put `alter type ... add value` into a file of its own before this one"
        }
        Some("25001") => {
            "this statement cannot run in a transaction: put it alone into a file \
             whose first line is `-- no-transaction`"
        }
        Some("25006") => {
            "the transaction is read only, because the file, a function that it calls, or the server (a standby) says \
             so, and the ledger is written in it: remove that, or connect to the primary; then run again"
        }
        Some("42501") => {
            "the role that runs migrations lacks this right: set the owner as `role`, or grant it; \
             then run again"
        }
        Some("57014") => CANCELLED,
        Some("55P03") => {
            "another session held a lock on the table: end it, or raise the lock timeout; then run again"
        }
        Some("40P01") if !migration.is_transactional() => {
            "another session waited for this one; if it is a stock sqlx migrator that waits for \
             the migration lock, stop it and run again"
        }
        Some("42P07" | "42710" | "42701" | "42723") => {
            "it is there already, made by hand or left by another tool: \
             remove it, or write `if not exists`; then run again"
        }
        Some(_) if migration.code().is_some() => correct_code(migration),
        Some(_) if migration.is_transactional() => {
            "nothing of this file was kept: correct it and run again"
        }
        Some(_) => "correct the file and run again",
    }
}
