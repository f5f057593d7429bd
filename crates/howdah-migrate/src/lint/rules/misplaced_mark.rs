use crate::check;
use crate::lint::raw::Raw;

/// sqlx looks at the first bytes only. `text` still has its byte-order mark, `sql` has not.
pub(in crate::lint) fn check(text: &str, sql: &str) -> Vec<Raw> {
    let Some(line) = check::misplaced_mark(text) else {
        return Vec::new();
    };
    let starts = sql.split_inclusive('\n').take(line.saturating_sub(1));
    let byte = starts.map(str::len).sum();
    vec![
        Raw::new(
            "misplaced-no-transaction",
            byte,
            "`-- no-transaction` counts only as the very first bytes of the file, written exactly so",
        )
        .help("move it there, without a byte-order mark or a space before it"),
    ]
}
