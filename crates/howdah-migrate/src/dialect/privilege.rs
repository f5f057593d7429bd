use crate::cursor::Cursor;
use crate::split::Statement;

use super::Cleaning;
use super::names::Names;

/// `grant ... to roles` and `revoke ... from roles`.
pub(super) fn clean(statement: &Statement<'_>, cursor: Cursor<'_>, cleaning: &mut Cleaning) {
    clean_as(statement, cursor, "", cleaning);
}

/// `alter default privileges ... grant ... to roles`: the statement must go as a whole.
pub(super) fn clean_default(
    statement: &Statement<'_>,
    mut cursor: Cursor<'_>,
    cleaning: &mut Cleaning,
) {
    if cursor.find(&["grant", "revoke"]) {
        clean_as(statement, cursor, "default privileges, ", cleaning);
    }
}

/// `to` and `from` are reserved words, so the first one outside of parentheses leads to the roles.
fn clean_as(
    statement: &Statement<'_>,
    mut cursor: Cursor<'_>,
    kind: &str,
    cleaning: &mut Cleaning,
) {
    let (verb, link) = if cursor.is(&["grant"]) {
        ("grant", "to")
    } else {
        ("revoke", "from")
    };
    if !cursor.find(&[link]) {
        return;
    }
    cursor.advance();
    let roles = Names::roles(&mut cursor);
    let what = format!("{kind}{verb} {link} {}", roles.going());
    if roles.all_go() {
        cleaning.remove_statement(statement, what);
    } else if roles.any_goes() {
        cleaning.remove_tokens(statement, roles.cut(), what);
    }
}
