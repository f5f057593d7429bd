use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::psql_only::PsqlOnly;

/// The engine refuses such a file before it runs; here it is found before it is committed.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    let found = PsqlOnly::find(&source.statements).into_iter();
    found
        .map(|PsqlOnly { byte, what, advice }| {
            Raw::new("psql-command", byte, format!("{what} is for psql, not SQL")).help(advice)
        })
        .collect()
}
