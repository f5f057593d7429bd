use std::collections::BTreeMap;

use crate::lint::change::{Change, Kind, changes};
use crate::lint::source::Source;

/// A table, view or column that some migration took away, and none brought back.
#[derive(Debug)]
pub(super) struct Gone {
    /// The index of the file.
    pub(super) source: usize,
    pub(super) change: Change,
}

/// A table and perhaps a column of it.
type Key = (String, Option<String>);

/// The queries are those of the newest program, so only what is gone at the end counts.
pub(super) fn gone(forward: &[Source<'_>]) -> Vec<Gone> {
    let mut gone: BTreeMap<Key, Gone> = BTreeMap::new();
    for (index, source) in forward.iter().enumerate() {
        for change in source.statements.iter().flat_map(changes) {
            let Some(key) = key(&change) else { continue };
            if change.makes() {
                // A new table brings its columns along.
                let is_table = key.1.is_none();
                gone.retain(|old, _| *old != key && !(is_table && old.0 == key.0));
            } else {
                let source = index;
                gone.insert(key, Gone { source, change });
            }
        }
    }
    gone.into_values().collect()
}

fn key(change: &Change) -> Option<Key> {
    let object = &change.object;
    match (object.kind, &object.table) {
        (Kind::Table | Kind::View, _) => Some((object.name.clone(), None)),
        (Kind::Column, Some(table)) => Some((table.clone(), Some(object.name.clone()))),
        _ => None,
    }
}
