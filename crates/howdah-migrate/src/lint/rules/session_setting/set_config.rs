use crate::cursor::Cursor;
use crate::split::Statement;

use super::Setting;

/// Every `set_config(name, value, false)` that the statement runs itself.
pub(super) fn settings(statement: &Statement<'_>) -> Vec<Setting> {
    let mut found = Vec::new();
    if statement.is_words(0, &["create"]) {
        // The body of a function is not run here.
        return found;
    }
    let mut cursor = Cursor::new(statement);
    while !cursor.is_done() {
        let byte = cursor.byte();
        if cursor.eat(&["set_config"]) {
            found.extend(call(cursor, byte));
        } else {
            cursor.advance();
        }
    }
    found
}

fn call(mut cursor: Cursor<'_>, byte: usize) -> Option<Setting> {
    if !cursor.eat_sign("(") {
        return None;
    }
    let name = cursor.text()?.to_lowercase();
    for _ in 0..2 {
        if !cursor.find_sign(",") {
            return None;
        }
        cursor.advance();
    }
    let text = cursor.text();
    let is_session =
        cursor.is(&["false"]) || text.is_some_and(|text| text == "f" || text == "false");
    is_session.then_some(Setting {
        name,
        byte,
        by_function: true,
    })
}
