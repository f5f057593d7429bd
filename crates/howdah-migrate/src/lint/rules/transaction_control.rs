use crate::lint::raw::Raw;
use crate::lint::source::Source;

const RULE: &str = "transaction-control";

/// The engine refuses such a file before it runs; here it is found before it is committed.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    let statements = source.statements.iter();
    let found = statements.filter_map(|statement| {
        let keyword = statement.transaction_control()?;
        let raw = if source.transactional {
            Raw::new(
                RULE,
                statement.start(),
                format!("`{keyword}` would break the transaction that the file shares with its row of the ledger"),
            )
            .help("remove it, or split the file")
        } else {
            Raw::new(
                RULE,
                statement.start(),
                format!("`{keyword}` cannot stand in a file that runs outside a transaction"),
            )
            .help("remove it")
        };
        Some(raw)
    });
    found.collect()
}
