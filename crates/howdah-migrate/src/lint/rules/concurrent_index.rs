use crate::concurrent_index::ConcurrentIndex;
use crate::lint::raw::Raw;
use crate::lint::source::Source;

/// An interrupted build leaves an invalid index, which is found again by its name alone.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    let nameless = source.statements.iter().filter(|statement| {
        ConcurrentIndex::of(statement).is_some_and(|index| index.name.is_none())
    });
    let found = nameless.map(|statement| {
        Raw::new(
            "concurrent-index-without-name",
            statement.start(),
            "without a name, what an interrupted build leaves cannot be found and repaired",
        )
        .help("give the index a name")
    });
    found.collect()
}
