use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::transaction_mode;

const RULE: &str = "transaction-control";

/// The engine refuses such a file before it runs; here it is found before it is committed.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    let statements = source.statements.iter();
    let modes = statements.clone().filter_map(|statement| {
        let message = transaction_mode::refused(statement).filter(|_| source.transactional)?;
        Some(Raw::new(RULE, statement.start(), message))
    });
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
    found.chain(modes).collect()
}
