use crate::cursor::Cursor;
use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::split::Statement;

/// Behind the third column an index rarely finds less, and every write pays for it.
const MOST: usize = 3;

/// Unique indexes are wide because the rule they enforce is.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    let found = source.statements.iter().filter_map(|statement| {
        let columns = columns(statement)?;
        (columns > MOST).then(|| {
            Raw::new(
                "wide-index",
                statement.start(),
                format!("the index has {columns} columns; more than {MOST} rarely pay"),
            )
            .help("lead with the columns that find the fewest rows, and leave out the rest")
        })
    });
    found.collect()
}

fn columns(statement: &Statement<'_>) -> Option<usize> {
    let mut cursor = Cursor::new(statement);
    let is_index = cursor.eat(&["create", "index"]);
    if !is_index || !cursor.find(&["on"]) || !cursor.find_sign("(") {
        return None;
    }
    cursor.advance();
    let mut columns = 1;
    while !cursor.is_done() && !cursor.is_sign(")") {
        columns += usize::from(cursor.is_sign(","));
        cursor.skip();
    }
    Some(columns)
}
