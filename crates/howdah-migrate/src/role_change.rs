use crate::cursor::Cursor;
use crate::split::Statement;

/// Whether the statement changes for its session who it is: the engine changes that, too, to write its log.
pub(crate) fn changes_role(statement: &Statement<'_>) -> bool {
    let is_set = statement.is_words(0, &["set"]) && !statement.is_words(1, &["local"]);
    if is_set || statement.is_words(0, &["reset"]) {
        let at = 1
            + usize::from(statement.is_words(1, &["session", "session"]))
            + usize::from(statement.is_words(1, &["session", "role"]));
        return statement.is_words(at, &["role"])
            || statement.is_words(at, &["session", "authorization"]);
    }
    statement.is_words(0, &["select"]) && is_set_by_function(statement)
}

/// `set_config('role', ..., false)`.
fn is_set_by_function(statement: &Statement<'_>) -> bool {
    let mut cursor = Cursor::new(statement);
    let (mut calls, mut is_role, mut is_session) = (false, false, false);
    while !cursor.is_done() {
        calls |= cursor.is(&["set_config"]);
        let text = cursor.text().unwrap_or_default().to_ascii_lowercase();
        is_role |= matches!(text.as_str(), "role" | "session_authorization");
        is_session |= cursor.is(&["false"]) || matches!(text.as_str(), "f" | "false");
        cursor.advance();
    }
    calls && is_role && is_session
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    #[test]
    fn a_role_is_changed_for_the_session_alone() {
        for sql in [
            "set role a",
            "SET SESSION ROLE a",
            "set role none",
            "reset role",
            "set session authorization a",
            "set session session authorization default",
            "reset session authorization",
            "select set_config('role', 'a', false)",
            "select pg_catalog.set_config('ROLE', 'a', 'f')",
        ] {
            assert!(changes_role(&split(sql)[0]), "{sql}");
        }
        for sql in [
            "set local role a",
            "set search_path to role",
            "set session characteristics as transaction read only",
            "reset all",
            "select set_config('role', 'a', true)",
            "alter role a set role to b",
        ] {
            assert!(!changes_role(&split(sql)[0]), "{sql}");
        }
    }
}
