use crate::cursor::Cursor;
use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::split::Statement;

/// The server refuses these in a transaction. Squawk excuses one that stands alone in its file; sqlx and
/// we do not.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    if !source.transactional {
        return Vec::new();
    }
    let found = source.statements.iter().filter_map(|statement| {
        let what = refused(statement)?;
        let message = format!("`{what}` cannot run in a transaction, and this file runs in one");
        let raw = Raw::new("needs-no-transaction", statement.start(), message);
        Some(raw.help("put it into a file whose very first bytes are `-- no-transaction`"))
    });
    found.collect()
}

fn refused(statement: &Statement<'_>) -> Option<&'static str> {
    const ALWAYS: &[(&[&str], &str)] = &[
        (&["vacuum"], "vacuum"),
        (&["create", "database"], "create database"),
        (&["drop", "database"], "drop database"),
        (&["create", "tablespace"], "create tablespace"),
        (&["drop", "tablespace"], "drop tablespace"),
        (&["alter", "system"], "alter system"),
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
    let mut cursor = Cursor::new(statement);
    if let Some((_, what)) = always {
        Some(*what)
    } else if cursor.eat(&["reindex"]) {
        // In parentheses too: `reindex (concurrently) table a`.
        let concurrently = statement.has_word("concurrently");
        cursor.find(&["index", "table", "schema", "database", "system"]);
        (concurrently || cursor.is_any(&["schema", "database", "system"])).then_some("reindex")
    } else {
        let detaches = cursor.eat(&["alter", "table"]) && cursor.find(&["detach"]);
        (detaches && cursor.find(&["concurrently"])).then_some("detach partition concurrently")
    }
}
