use std::collections::BTreeSet;

use crate::cursor::Cursor;
use crate::lint::change::{Kind, changes};
use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::split::Statement;

/// The lock of an `alter table` is kept to the end of the transaction: nobody reads the table while
/// all its rows are written.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    if !source.transactional {
        return Vec::new();
    }
    let statements = &source.statements;
    let made: BTreeSet<String> = statements
        .iter()
        .flat_map(changes)
        .filter(|change| change.makes() && change.object.kind == Kind::Table)
        .map(|change| change.object.name)
        .collect();
    let altered: BTreeSet<String> = statements.iter().filter_map(altered).collect();
    let found = statements.iter().filter_map(|statement| {
        let (verb, table) = whole_table(statement)?;
        let locked = altered.contains(&table) && !made.contains(&table);
        locked.then(|| {
            Raw::new(
                "whole-table-backfill",
                statement.start(),
                format!("`{verb}` writes all rows of `{table}` in the transaction that alters it, which locks everybody out"),
            )
            .help("write the rows in batches, in a later migration or from the program")
        })
    });
    found.collect()
}

fn altered(statement: &Statement<'_>) -> Option<String> {
    let mut cursor = Cursor::new(statement);
    if !cursor.eat(&["alter", "table"]) {
        return None;
    }
    cursor.eat(&["if", "exists"]);
    cursor.eat(&["only"]);
    cursor.name()
}

/// An `update` or `delete` without a condition.
fn whole_table(statement: &Statement<'_>) -> Option<(&'static str, String)> {
    let mut cursor = Cursor::new(statement);
    let verb = if cursor.eat(&["update"]) {
        "update"
    } else if cursor.eat(&["delete", "from"]) {
        "delete"
    } else {
        return None;
    };
    cursor.eat(&["only"]);
    let table = cursor.name()?;
    (!cursor.find(&["where"])).then_some((verb, table))
}
