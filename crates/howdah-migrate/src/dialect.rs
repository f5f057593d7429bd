mod extension;
mod names;
mod policy;
mod privilege;
mod scissors;

use crate::cursor::Cursor;
use crate::place::Place;
use crate::split::{Statement, split};

use scissors::Scissors;

/// A kind of SQL that is not quite what a plain PostgreSQL server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// Files written for Supabase: they name its roles, its extensions and its schema `extensions`,
    /// which no other server has.
    Supabase,
}

/// A script without what only its own platform has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cleaned {
    /// The script. What was removed is blank, character for character, so that every position in an
    /// error is one in the file too.
    pub sql: String,
    /// What was removed, from top to bottom.
    pub removed: Vec<Removed>,
}

/// A statement, or a part of one, that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// The line it starts in, from 1.
    pub line: usize,
    /// What it was, for people.
    pub what: String,
}

impl Dialect {
    /// Removes what only this dialect's platform understands, and says what that was.
    ///
    /// Statements are found as the server finds them, so nothing in a comment, a string or the body of
    /// a function counts. Nothing is added and nothing is made to run twice.
    ///
    /// For Supabase these go: `grant`, `revoke`, `alter default privileges` and policies whose roles
    /// are only `anon`, `authenticated` and `service_role`; those names where other roles stand beside
    /// them; extensions that only Supabase has; and the clause `with schema extensions`. A later
    /// `alter policy`, `drop policy` or `comment on policy` goes with the policy it is about, if the
    /// script holds both.
    pub fn clean(self, sql: &str) -> Cleaned {
        let statements = split(sql);
        let mut cleaning = Cleaning::default();
        match self {
            Self::Supabase => {
                for statement in &statements {
                    supabase(statement, &mut cleaning);
                }
            }
        }
        let removed = cleaning.removed.into_iter().map(|(byte, what)| Removed {
            line: Place::of_byte(sql, byte).line,
            what,
        });
        Cleaned {
            removed: removed.collect(),
            sql: cleaning.scissors.cut(sql),
        }
    }
}

/// What has been decided so far.
#[derive(Debug, Default)]
struct Cleaning {
    scissors: Scissors,
    removed: Vec<(usize, String)>,
    /// Policies that are gone, by name and table.
    policies: Vec<(String, String)>,
}

impl Cleaning {
    fn remove_statement(&mut self, statement: &Statement<'_>, what: impl Into<String>) {
        self.scissors.statement(statement);
        self.removed.push((statement.start(), what.into()));
    }

    /// The tokens at these indexes.
    fn remove_tokens(
        &mut self,
        statement: &Statement<'_>,
        indexes: impl IntoIterator<Item = usize>,
        what: impl Into<String>,
    ) {
        let first = self.scissors.tokens(statement, indexes);
        self.removed
            .push((first.unwrap_or(statement.start()), what.into()));
    }
}

fn supabase(statement: &Statement<'_>, cleaning: &mut Cleaning) {
    let mut cursor = Cursor::new(statement);
    if cursor.is_any(&["grant", "revoke"]) {
        privilege::clean(statement, cursor, cleaning);
    } else if cursor.eat(&["alter", "default", "privileges"]) {
        privilege::clean_default(statement, cursor, cleaning);
    } else if let Some(verb) = verb_of(&mut cursor, "policy") {
        policy::clean(statement, &verb, cursor, cleaning);
    } else if let Some(verb) = verb_of(&mut cursor, "extension") {
        extension::clean(statement, &verb, cursor, cleaning);
    }
}

/// `create`, `alter`, `drop` or `comment on`, if this kind of object follows.
fn verb_of(cursor: &mut Cursor<'_>, kind: &str) -> Option<String> {
    let verb = cursor.word()?;
    let object = match verb.as_str() {
        "create" | "alter" | "drop" => cursor.eat(&[&verb, kind]),
        "comment" => cursor.eat(&["comment", "on", kind]),
        _ => false,
    };
    object.then_some(verb)
}
