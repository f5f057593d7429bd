use crate::cursor::Cursor;

use super::{Change, Kind, Object, Verb};

/// Behind `create`.
pub(super) fn read(mut cursor: Cursor<'_>) -> Option<Change> {
    cursor.eat(&["or", "replace"]);
    cursor.eat_any(&["global", "local"]);
    if cursor.is_any(&["temp", "temporary"]) {
        // It ends with the session.
        return None;
    }
    cursor.eat_any(&["unlogged", "unique", "recursive", "constraint"]);
    let kind = Kind::read(&mut cursor)?;
    cursor.eat(&["concurrently"]);
    cursor.eat(&["if", "not", "exists"]);
    if kind == Kind::Index && cursor.is(&["on"]) || cursor.is(&["authorization"]) {
        return None;
    }
    let byte = cursor.byte();
    let name = cursor.name()?;
    let object = if matches!(kind, Kind::Index | Kind::Trigger | Kind::Policy) {
        cursor.find(&["on"]);
        cursor.advance();
        cursor.eat(&["only"]);
        Object::of_table(kind, name, &cursor.name()?)
    } else {
        Object::new(kind, name)
    };
    while !cursor.is_done() {
        cursor.advance();
    }
    let names = cursor.names_from(0);
    Some(Change {
        names,
        ..Change::new(Verb::Create, object, byte)
    })
}
