use crate::cursor::Cursor;

use super::{Change, Kind, Object, Verb};

/// Behind `drop`.
pub(super) fn read(mut cursor: Cursor<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    let Some(kind) = Kind::read(&mut cursor) else {
        return found;
    };
    cursor.eat(&["concurrently"]);
    cursor.eat(&["if", "exists"]);
    loop {
        let byte = cursor.byte();
        let Some(name) = cursor.name() else {
            return found;
        };
        let table = cursor.eat(&["on"]).then(|| cursor.name()).flatten();
        let object = Object { kind, name, table };
        found.push(Change::new(Verb::Drop, object, byte));
        if !cursor.find_sign(",") {
            return found;
        }
        cursor.advance();
    }
}
