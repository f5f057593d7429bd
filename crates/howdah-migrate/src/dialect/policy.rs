use crate::cursor::Cursor;
use crate::split::Statement;

use super::Cleaning;
use super::names::Names;

/// `create`, `alter`, `drop` and `comment on policy name on table ...`.
pub(super) fn clean(
    statement: &Statement<'_>,
    verb: &str,
    mut cursor: Cursor<'_>,
    cleaning: &mut Cleaning,
) {
    cursor.eat(&["if", "exists"]);
    let Some(policy) = cursor.name() else { return };
    let Some(table) = cursor.eat(&["on"]).then(|| cursor.name()).flatten() else {
        return;
    };
    let key = (policy, table);
    let what = |what: &str| format!("{what} policy {} on {}", key.0, key.1);
    let is_gone = cleaning.policies.contains(&key);
    if verb != "create" && is_gone {
        let name = if verb == "comment" {
            "comment on"
        } else {
            verb
        };
        cleaning.remove_statement(statement, what(name));
        if verb == "drop" {
            cleaning.policies.retain(|gone| *gone != key);
        }
        return;
    }
    // `alter policy ... rename to` names no role.
    if !matches!(verb, "create" | "alter") || cursor.is(&["rename"]) || !cursor.find(&["to"]) {
        return;
    }
    cursor.advance();
    let roles = Names::roles(&mut cursor);
    if roles.all_go() {
        cleaning.remove_statement(statement, format!("{} to {}", what(verb), roles.going()));
        if verb == "create" {
            cleaning.policies.push(key);
        }
    } else if roles.any_goes() {
        let what = format!("{} to {}", what(verb), roles.going());
        cleaning.remove_tokens(statement, roles.cut(), what);
    }
}
