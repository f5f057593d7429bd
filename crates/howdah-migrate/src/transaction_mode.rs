use crate::cursor::Cursor;
use crate::split::Statement;

const READ_ONLY: &str = "the transaction of a file cannot be read only, because its row of the ledger is written in it: \
     remove this";
const TOO_LATE: &str = "the transaction of a file has begun before its first statement, as read committed, and is not \
     changed any more: remove this; a statement that needs another isolation level goes into a `-- no-transaction` \
     file, behind `set default_transaction_isolation`";

/// Why a statement cannot set the transaction that its file shares with the ledger, if it does.
/// <https://www.postgresql.org/docs/current/sql-set-transaction.html>
pub(crate) fn refused(statement: &Statement<'_>) -> Option<&'static str> {
    let mut cursor = Cursor::new(statement);
    if !cursor.eat(&["set"]) {
        return None;
    }
    cursor.eat_any(&["local", "session"]);
    if cursor.eat(&["transaction"]) {
        return modes(cursor);
    }
    if cursor.eat(&["transaction_read_only"]) {
        return (!is_any_value(cursor, &["off", "false", "no", "0"])).then_some(READ_ONLY);
    }
    if cursor.eat(&["transaction_isolation"]) {
        return (!is_any_value(cursor, &["read committed"])).then_some(TOO_LATE);
    }
    cursor.eat(&["transaction_deferrable"]).then_some(TOO_LATE)
}

/// Those that the transaction has anyhow are none.
fn modes(mut cursor: Cursor<'_>) -> Option<&'static str> {
    while !cursor.is_done() {
        if cursor.eat(&["read", "only"]) {
            return Some(READ_ONLY);
        }
        let is_as_before = cursor.eat(&["read", "write"])
            || cursor.eat(&["isolation", "level", "read", "committed"])
            || cursor.eat_sign(",");
        if !is_as_before {
            return Some(TOO_LATE);
        }
    }
    None
}

fn is_any_value(mut cursor: Cursor<'_>, values: &[&str]) -> bool {
    if !cursor.eat(&["to"]) {
        cursor.eat_sign("=");
    }
    if cursor.is(&["default"]) || values.iter().any(|value| cursor.is_sign(value)) {
        return true;
    }
    let text = cursor.word().or_else(|| cursor.text());
    text.is_some_and(|text| values.contains(&&*text.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    #[test]
    fn what_the_transaction_of_a_file_cannot_become_is_refused() {
        for (sql, why) in [
            ("set transaction read only", READ_ONLY),
            ("SET LOCAL TRANSACTION READ WRITE, READ ONLY", READ_ONLY),
            ("set transaction_read_only = on", READ_ONLY),
            ("set local transaction_read_only to 'true'", READ_ONLY),
            ("set transaction isolation level serializable", TOO_LATE),
            (
                "set session transaction isolation level read committed, not deferrable",
                TOO_LATE,
            ),
            ("set transaction_isolation to 'repeatable read'", TOO_LATE),
            ("set transaction snapshot '00000003-0000001B-1'", TOO_LATE),
            ("set transaction_deferrable = on", TOO_LATE),
        ] {
            assert_eq!(refused(&split(sql)[0]), Some(why), "{sql}");
        }
    }

    #[test]
    fn what_it_is_anyhow_is_not() {
        for sql in [
            "set transaction read write",
            "set transaction isolation level read committed read write",
            "set transaction_read_only = off",
            "set transaction_read_only to 0",
            "set transaction_isolation = 'read committed'",
            "set session characteristics as transaction read only",
            "set transaction_timeout = '1s'",
            "set default_transaction_read_only = on",
            "reset transaction_isolation",
        ] {
            assert_eq!(refused(&split(sql)[0]), None, "{sql}");
        }
    }
}
