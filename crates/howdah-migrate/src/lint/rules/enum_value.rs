use std::collections::BTreeSet;

use crate::cursor::{Cursor, literal};
use crate::lexer::{Kind, Lexer};
use crate::lint::change::{self, changes};
use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::split::Statement;

/// A new value cannot be used in the transaction that adds it, unless that one made the type too.
/// <https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES>
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    let mut found = Vec::new();
    if !source.transactional {
        return found;
    }
    let mut own_types = BTreeSet::new();
    let mut added = BTreeSet::new();
    for statement in &source.statements {
        if let Some((name, value)) = added_value(statement) {
            if !own_types.contains(&name) {
                added.insert(value);
            }
            continue;
        }
        let made = changes(statement)
            .into_iter()
            .filter(|change| change.makes() && change.object.kind == change::Kind::Type);
        own_types.extend(made.map(|change| change.object.name));
        // A comment may name the value, and so may a new name for another value.
        if !statement.is_words(0, &["comment"]) && !statement.is_words(0, &["alter", "type"]) {
            found.extend(first_use(statement, &added));
        }
    }
    found
}

/// The type and the value of `alter type t add value [if not exists] 'x'`.
fn added_value(statement: &Statement<'_>) -> Option<(String, String)> {
    let mut cursor = Cursor::new(statement);
    if !cursor.eat(&["alter", "type"]) {
        return None;
    }
    let name = cursor.name()?;
    if !cursor.eat(&["add", "value"]) {
        return None;
    }
    cursor.eat(&["if", "not", "exists"]);
    Some((name, cursor.text()?))
}

fn first_use(statement: &Statement<'_>, added: &BTreeSet<String>) -> Option<Raw> {
    if added.is_empty() {
        return None;
    }
    // The server reads these bodies at once, others when they are called.
    let reads_bodies = statement.is_words(0, &["do"]) || is_sql_function(statement);
    statement.tokens().iter().enumerate().find_map(|(index, token)| {
        let (kind, text) = statement.token(index)?;
        if kind != Kind::Text {
            return None;
        }
        let (byte, value) = if reads_bodies && text.starts_with('$') {
            let (offset, value) = text_in_body(text, added)?;
            (token.start + offset, value)
        } else {
            (token.start, literal(text).filter(|value| added.contains(value))?)
        };
        let message = format!("the value '{value}' is added in this file: it cannot be used before the file is committed");
        Some(
            Raw::new("enum-value-used-in-transaction", byte, message)
                .help("put `alter type ... add value` into a file of its own before this one"),
        )
    })
}

fn is_sql_function(statement: &Statement<'_>) -> bool {
    let mut cursor = Cursor::new(statement);
    cursor.is(&["create"]) && cursor.find(&["language"]) && {
        cursor.advance();
        cursor.is(&["sql"])
    }
}

/// A string in a dollar-quoted body that is one of the values, and where it starts.
fn text_in_body(body: &str, added: &BTreeSet<String>) -> Option<(usize, String)> {
    let start = body.get(1..)?.find('$')? + 2;
    let inside = body.get(start..)?;
    Lexer::new(inside).find_map(|token| {
        let text = inside.get(token.start..token.end)?;
        let value =
            literal(text).filter(|value| token.kind == Kind::Text && added.contains(value))?;
        Some((start + token.start, value))
    })
}
