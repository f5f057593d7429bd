mod undo;

use std::collections::BTreeMap;

use crate::lint::change::{Change, changes};
use crate::lint::raw::Raw;
use crate::lint::source::Source;

use undo::Undo;

/// Whether what leads forward can be taken back: findings beside the index of their file.
pub(in crate::lint) fn check(forward: &[Source<'_>], backward: &[Source<'_>]) -> Vec<(usize, Raw)> {
    let downs: BTreeMap<_, _> = backward.iter().map(|down| (down.version, down)).collect();
    let ups = forward.iter().enumerate().filter(|(_, up)| up.is_up);
    let found = ups.flat_map(|(index, up)| {
        let found = downs
            .get(&up.version)
            .map_or_else(|| vec![missing()], |down| incomplete(up, down));
        found.into_iter().map(move |raw| (index, raw))
    });
    found.collect()
}

fn missing() -> Raw {
    Raw::new(
        "missing-down",
        0,
        "the name promises a way back, and there is no .down.sql file of this version",
    )
    .help("write it, or name this file .sql")
}

fn incomplete(up: &Source<'_>, down: &Source<'_>) -> Vec<Raw> {
    let undo = Undo::of(up, down);
    let left = made(up).into_iter().filter(|change| !undo.covers(change));
    let found = left.map(|change| {
        let what = change.object.describe();
        Raw::new(
            "incomplete-down",
            change.byte,
            format!("the {what} is still there after {}", down.file),
        )
        .help("drop it there")
    });
    found.collect()
}

/// What is there behind the file and was not before it.
fn made(up: &Source<'_>) -> Vec<Change> {
    let mut made: Vec<Change> = Vec::new();
    for change in up.statements.iter().flat_map(changes) {
        made.retain(|earlier| earlier.object != change.object);
        if change.makes() {
            made.push(change);
        }
    }
    made
}
