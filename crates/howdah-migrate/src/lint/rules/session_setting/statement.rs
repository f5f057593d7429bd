use crate::cursor::Cursor;
use crate::split::Statement;

use super::{Setting, name, reset};

/// `set [session] name ...`. `set local`, `set transaction` and `set constraints` end with the
/// transaction.
pub(super) fn setting(statement: &Statement<'_>) -> Option<Setting> {
    let mut cursor = Cursor::new(statement);
    if !cursor.eat(&["set"])
        || cursor.is_any(&["local", "transaction", "constraints"])
        || reset(statement).is_some()
    {
        return None;
    }
    let name = if cursor.is(&["session", "characteristics"]) {
        "session characteristics".to_owned()
    } else if cursor.is(&["session", "authorization"]) {
        name(&mut cursor)?
    } else {
        cursor.eat(&["session"]);
        name(&mut cursor)?
    };
    Some(Setting {
        name,
        byte: statement.start(),
        by_function: false,
    })
}
