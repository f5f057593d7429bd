use crate::cursor::Cursor;

use super::{Change, Kind, Object, Verb};

/// Behind `alter`.
pub(super) fn read(mut cursor: Cursor<'_>) -> Vec<Change> {
    let Some(kind) = Kind::read(&mut cursor) else {
        return Vec::new();
    };
    cursor.eat(&["if", "exists"]);
    cursor.eat(&["only"]);
    let byte = cursor.byte();
    let Some(name) = cursor.name() else {
        return Vec::new();
    };
    if kind != Kind::Table {
        let table = cursor.eat(&["on"]).then(|| cursor.name()).flatten();
        let object = Object { kind, name, table };
        return new_name(&mut cursor, object, byte);
    }
    cursor.eat_sign("*");
    let mut found = Vec::new();
    while !cursor.is_done() {
        let start = cursor.at();
        let mut changes = action(&mut cursor, &name, byte);
        cursor.find_sign(",");
        let names = cursor.names_from(start);
        for change in &mut changes {
            change.names.clone_from(&names);
        }
        found.extend(changes);
        cursor.advance();
    }
    found
}

/// `rename to b`.
fn new_name(cursor: &mut Cursor<'_>, object: Object, byte: usize) -> Vec<Change> {
    let name = cursor
        .eat(&["rename", "to"])
        .then(|| cursor.name())
        .flatten();
    let Some(name) = name else {
        return Vec::new();
    };
    let renamed = Object {
        name,
        ..object.clone()
    };
    vec![
        Change::new(Verb::RenameFrom, object, byte),
        Change::new(Verb::RenameTo, renamed, byte),
    ]
}

/// One of the things between the commas of `alter table`.
fn action(cursor: &mut Cursor<'_>, table: &str, start: usize) -> Vec<Change> {
    let byte = cursor.byte();
    if cursor.is(&["rename", "to"]) {
        let object = Object::new(Kind::Table, table.to_owned());
        return new_name(cursor, object, start);
    }
    if cursor.eat(&["rename"]) {
        return part_renamed(cursor, table, byte);
    }
    let verb = if cursor.eat(&["add"]) {
        Verb::Create
    } else if cursor.eat(&["drop"]) {
        Verb::Drop
    } else {
        return Vec::new();
    };
    part(cursor, table)
        .map(|object| Change::new(verb, object, byte))
        .into_iter()
        .collect()
}

/// A column or a constraint; one without a name is none.
fn part(cursor: &mut Cursor<'_>, table: &str) -> Option<Object> {
    let kind = if cursor.eat(&["constraint"]) {
        Kind::Constraint
    } else if cursor.eat(&["column"]) {
        Kind::Column
    } else if cursor.is_any(&["primary", "unique", "check", "foreign", "exclude"]) {
        return None;
    } else {
        Kind::Column
    };
    cursor.eat(&["if", "not", "exists"]);
    cursor.eat(&["if", "exists"]);
    Some(Object::of_table(kind, cursor.name()?, table))
}

/// `rename [column] a to b`, `rename constraint a to b`.
fn part_renamed(cursor: &mut Cursor<'_>, table: &str, byte: usize) -> Vec<Change> {
    let names = part(cursor, table).and_then(|from| {
        let name = cursor.eat(&["to"]).then(|| cursor.name())??;
        let to = Object::of_table(from.kind, name, table);
        Some(vec![
            Change::new(Verb::RenameFrom, from, byte),
            Change::new(Verb::RenameTo, to, byte),
        ])
    });
    names.unwrap_or_default()
}
