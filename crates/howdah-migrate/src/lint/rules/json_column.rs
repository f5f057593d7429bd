use crate::cursor::Cursor;
use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::split::Statement;

/// `json` has no equality: `select distinct`, `union` and `group by` fail on such a table.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    let places = source.statements.iter().flat_map(columns);
    let found = places.map(|byte| {
        Raw::new(
            "json-column",
            byte,
            "`json` has no equality, so `distinct`, `union` and `group by` fail on the table",
        )
        .help("use `jsonb`")
    });
    found.collect()
}

fn columns(statement: &Statement<'_>) -> Vec<usize> {
    let mut cursor = Cursor::new(statement);
    cursor.eat(&["create"]);
    cursor.eat_any(&["temp", "temporary", "unlogged"]);
    let alters = cursor.eat(&["alter"]);
    if !cursor.eat(&["table"]) {
        return Vec::new();
    }
    if alters {
        return altered(cursor);
    }
    let mut found = Vec::new();
    if !cursor.find_sign("(") {
        return found;
    }
    cursor.advance();
    while !cursor.is_done() && !cursor.is_sign(")") {
        let is_column = !cursor.is(&["constraint"]);
        if cursor.name().is_some() && is_column && cursor.is(&["json"]) {
            found.push(cursor.byte());
        }
        while !cursor.is_done() && !cursor.is_sign(")") && !cursor.is_sign(",") {
            cursor.skip();
        }
        if !cursor.eat_sign(",") {
            break;
        }
    }
    found
}

/// `add [column] a json`, `alter [column] a [set data] type json`.
fn altered(mut cursor: Cursor<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    while cursor.find(&["add", "alter"]) {
        let adds = cursor.eat(&["add"]) || !cursor.eat(&["alter"]);
        cursor.eat(&["column"]);
        cursor.eat(&["if", "not", "exists"]);
        if cursor.eat(&["constraint"]) || cursor.name().is_none() {
            cursor.advance();
            continue;
        }
        cursor.eat(&["set", "data"]);
        if (cursor.eat(&["type"]) || adds) && cursor.is(&["json"]) {
            found.push(cursor.byte());
        }
        cursor.find_sign(",");
    }
    found
}
