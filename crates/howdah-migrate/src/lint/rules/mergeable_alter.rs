use crate::cursor::Cursor;
use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::split::Statement;

/// Each `alter table` takes its lock and may scan the table anew; one with several actions does so once.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    if !source.transactional {
        return Vec::new();
    }
    let tables: Vec<_> = source.statements.iter().map(table).collect();
    let pairs = tables.iter().zip(tables.iter().skip(1));
    let found = pairs.zip(source.statements.iter().skip(1));
    found
        .filter(|((before, table), _)| table.is_some() && before == table)
        .map(|((_, table), statement)| {
            let table = table.as_deref().unwrap_or_default();
            Raw::new(
                "mergeable-alter-table",
                statement.start(),
                format!("the statement before alters `{table}` too: each takes the lock and may scan the table anew"),
            )
            .help("write one `alter table` with several actions")
        })
        .collect()
}

/// The table, if the server takes other actions in the same statement.
fn table(statement: &Statement<'_>) -> Option<String> {
    let mut cursor = Cursor::new(statement);
    if !cursor.eat(&["alter", "table"]) {
        return None;
    }
    cursor.eat(&["if", "exists"]);
    cursor.eat(&["only"]);
    let table = cursor.name()?;
    // The first three stand alone. Validating is apart on purpose: it takes a weaker lock.
    let is_alone =
        cursor.is_any(&["rename", "attach", "detach", "validate"]) || cursor.is(&["set", "schema"]);
    (!is_alone).then_some(table)
}
