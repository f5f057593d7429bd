use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::transaction_block::refused;

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
