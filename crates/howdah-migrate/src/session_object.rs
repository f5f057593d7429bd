use std::fmt;

use crate::cursor::Cursor;
use crate::journal::Journal;
use crate::place::Place;
use crate::split::Statement;
use crate::{Error, Migration, Problem};

/// What a statement makes that is gone with its session.
///
/// Not a session's advisory locks, which no later statement fails for, and not `listen`, which ends with each statement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SessionObject {
    what: &'static str,
    name: String,
}

/// Whether an interrupted file can go on: before another statement of it runs, which would have to be undone, too.
pub(crate) fn check(migration: &Migration, journal: &Journal) -> Result<(), Error> {
    let problems: Vec<Problem> = lost(migration, journal).into_iter().collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused { problems })
    }
}

/// What stands in the way of going on with an interrupted file: it needs what one of its earlier statements made, and
/// which only the interrupted session had.
fn lost(migration: &Migration, journal: &Journal) -> Option<Problem> {
    let statements = migration.statements();
    let (ended, rest): (Vec<_>, Vec<_>) = statements
        .iter()
        .enumerate()
        .partition(|(index, _)| journal.has_ended(index + 1));
    let line = |statement: &Statement<'_>| Place::of_byte(migration.sql(), statement.start()).line;
    ended.iter().enumerate().find_map(|(at, (_, maker))| {
        let object = SessionObject::of(maker)?;
        let mut later = ended.iter().skip(at + 1);
        if later.any(|(_, statement)| object.is_ended_by(statement)) {
            return None;
        }
        let needs = rest
            .iter()
            .map(|(_, statement)| *statement)
            .take_while(|statement| SessionObject::of(statement).as_ref() != Some(&object))
            .find(|statement| object.is_needed_by(statement))?;
        let message = format!(
            "it needs {object}, which line {} made and which went with the session of the interrupted run: make it \
             again in a statement before this one, or undo by hand what the file did and give it up: `howdah migrate \
             repair --abandon {} --reason \"...\"`",
            line(maker),
            migration.version()
        );
        Some(Problem::new(migration.file(), message).at_line(line(needs)))
    })
}

impl SessionObject {
    fn of(statement: &Statement<'_>) -> Option<Self> {
        let mut cursor = Cursor::new(statement);
        let (what, name) = if cursor.eat(&["create"]) {
            created(cursor)?
        } else if cursor.eat(&["prepare"]) {
            // `prepare transaction 'name'` has no name but a string.
            (
                "prepared statement",
                cursor.name().filter(|_| !cursor.is_done())?,
            )
        } else if cursor.eat(&["declare"]) {
            let name = cursor.name()?;
            let is_kept = cursor.find(&["with"]) && cursor.is(&["with", "hold"]);
            ("cursor", Some(name).filter(|_| is_kept)?)
        } else {
            ("temporary table", selected_into(cursor)?)
        };
        Some(Self { what, name })
    }

    /// Whether the name stands in it, but for `drop ... if exists`.
    fn is_needed_by(&self, statement: &Statement<'_>) -> bool {
        let mut cursor = Cursor::new(statement);
        if cursor.eat(&["drop"]) && cursor.find(&["if"]) && cursor.is(&["if", "exists"]) {
            return false;
        }
        statement.names().any(|name| name == self.name)
    }

    fn is_ended_by(&self, statement: &Statement<'_>) -> bool {
        let ends = ["drop", "deallocate", "close"];
        let is_end = ends.iter().any(|word| statement.is_words(0, &[word]));
        is_end && statement.names().any(|name| name == self.name)
    }
}

/// Behind `create`.
fn created(mut cursor: Cursor<'_>) -> Option<(&'static str, String)> {
    cursor.eat(&["or", "replace"]);
    cursor.eat_any(&["local", "global"]);
    let is_temporary = cursor.eat_any(&["temporary", "temp"]);
    cursor.eat_any(&["unlogged", "recursive"]);
    let what = ["table", "view", "sequence"]
        .into_iter()
        .find(|word| cursor.eat(&[*word]))?;
    cursor.eat(&["if", "not", "exists"]);
    let is_temporary = is_temporary || cursor.is(&["pg_temp"]);
    let name = cursor.name().filter(|_| is_temporary)?;
    let what = match what {
        "view" => "temporary view",
        "sequence" => "temporary sequence",
        _ => "temporary table",
    };
    Some((what, name))
}

/// `select ... into temp name`.
fn selected_into(mut cursor: Cursor<'_>) -> Option<String> {
    if !cursor.eat_any(&["select", "with"]) || !cursor.find(&["into"]) {
        return None;
    }
    cursor.advance();
    cursor.eat_any(&["local", "global"]);
    let is_temporary = cursor.eat_any(&["temporary", "temp"]);
    cursor.eat(&["table"]);
    cursor.name().filter(|_| is_temporary)
}

impl fmt::Display for SessionObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} `{}`", self.what, self.name)
    }
}
