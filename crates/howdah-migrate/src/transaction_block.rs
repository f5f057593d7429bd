use crate::cursor::Cursor;
use crate::split::Statement;

/// What the server refuses in a transaction block whatever its settings and its catalog are, on every supported version;
/// `None` also where that depends on the subscription, the partitions or the options.
/// <https://www.postgresql.org/docs/current/sql-commands.html>: "cannot be executed inside a transaction block"
pub(crate) fn refused(statement: &Statement<'_>) -> Option<&'static str> {
    const ALWAYS: &[(&[&str], &str)] = &[
        (&["vacuum"], "vacuum"),
        (&["create", "database"], "create database"),
        (&["drop", "database"], "drop database"),
        (&["create", "tablespace"], "create tablespace"),
        (&["drop", "tablespace"], "drop tablespace"),
        (&["alter", "system"], "alter system"),
        (&["discard", "all"], "discard all"),
        (
            &["drop", "index", "concurrently"],
            "drop index concurrently",
        ),
        (
            &["create", "index", "concurrently"],
            "create index concurrently",
        ),
        (
            &["create", "unique", "index", "concurrently"],
            "create index concurrently",
        ),
    ];
    let always = ALWAYS
        .iter()
        .find(|(words, _)| statement.is_words(0, words));
    if let Some((_, what)) = always {
        return Some(*what);
    }
    let mut cursor = Cursor::new(statement);
    if cursor.eat(&["reindex"]) {
        reindex(cursor)
    } else if cursor.eat(&["cluster"]) {
        cluster(cursor)
    } else if cursor.eat(&["alter", "table"]) {
        // `concurrently` is no name without quotes.
        let detaches = cursor.find(&["detach"]) && cursor.find(&["concurrently"]);
        detaches.then_some("detach partition concurrently")
    } else if cursor.eat(&["alter", "database"]) {
        let moves = cursor.name().is_some() && cursor.is(&["set", "tablespace"]);
        moves.then_some("alter database ... set tablespace")
    } else if cursor.eat(&["create", "subscription"]) {
        let may_do_without = ["connect", "create_slot", "slot_name"];
        let makes_slot = !may_do_without.iter().any(|word| statement.has_word(word));
        makes_slot.then_some("create subscription")
    } else if cursor.eat(&["alter", "subscription"]) {
        let refreshes = cursor.name().is_some() && cursor.is(&["refresh", "publication"]);
        refreshes.then_some("alter subscription ... refresh publication")
    } else {
        None
    }
}

fn reindex(mut cursor: Cursor<'_>) -> Option<&'static str> {
    let mut concurrently = false;
    if cursor.is_sign("(") {
        while !cursor.is_done() && !cursor.eat_sign(")") {
            cursor.advance();
            concurrently |= cursor.eat(&["concurrently"]) && is_on(cursor);
        }
    }
    let many = cursor.is_any(&["schema", "database", "system"]);
    cursor.advance();
    concurrently |= cursor.is(&["concurrently"]);
    if concurrently {
        Some("reindex concurrently")
    } else {
        many.then_some("reindex of a schema or database")
    }
}

/// Whether the option that was read last is on: alone, or said to be.
fn is_on(cursor: Cursor<'_>) -> bool {
    [",", ")", "1"].iter().any(|sign| cursor.is_sign(sign)) || cursor.is_any(&["true", "on"])
}

/// Without a table it does all of them.
fn cluster(mut cursor: Cursor<'_>) -> Option<&'static str> {
    if cursor.is_sign("(") {
        cursor.skip();
    }
    cursor.eat(&["verbose"]);
    cursor.is_done().then_some("cluster without a table")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn is_refused(sql: &str) -> bool {
        refused(&split(sql)[0]).is_some()
    }

    /// What of these a server really refuses, a test on one asks: `it::transaction_block`.
    #[test]
    fn what_depends_on_more_than_the_text_is_left_to_the_server() {
        for sql in [
            "drop subscription s",
            "create subscription s connection '' publication p with (create_slot = false)",
            "create subscription s connection '' publication p with (connect = off)",
            "alter subscription s disable",
            "alter subscription s set publication p with (refresh = false)",
            "reindex table a",
            "reindex (concurrently off) table a",
            "reindex table \"concurrently\"",
            "cluster a",
            "cluster (verbose) a using b",
            "alter table a detach partition b",
            "alter table a detach partition \"concurrently\"",
            "alter database a set work_mem = '1MB'",
            "create table vacuum (id int)",
        ] {
            assert!(!is_refused(sql), "{sql}");
        }
    }

    #[test]
    fn an_option_is_on_if_nothing_else_is_said() {
        for sql in [
            "reindex (concurrently) table a",
            "reindex (verbose, concurrently true) table a",
            "reindex (concurrently on, verbose) index a",
            "alter subscription s refresh publication with (copy_data = false)",
            "create subscription s connection '' publication p",
        ] {
            assert!(is_refused(sql), "{sql}");
        }
    }
}
