use std::collections::BTreeSet;

use crate::cursor::literal;
use crate::lint::change::{Change, Kind, Object, Verb, changes};
use crate::lint::source::Source;
use crate::split::{Statement, split};

/// What a file takes back.
#[derive(Debug)]
pub(super) struct Undo {
    changes: Vec<Change>,
    /// Names in the bodies of `do`: what they drop cannot be told.
    in_bodies: BTreeSet<String>,
    /// Sequences that go with a column.
    owned_sequences: BTreeSet<String>,
    cascades: bool,
}

impl Undo {
    pub(super) fn of(up: &Source<'_>, down: &Source<'_>) -> Self {
        let statements = &down.statements;
        Self {
            changes: statements.iter().flat_map(changes).collect(),
            in_bodies: statements.iter().flat_map(body_names).collect(),
            owned_sequences: up.statements.iter().filter_map(owned_sequence).collect(),
            cascades: statements
                .iter()
                .any(|statement| statement.is_words(0, &["drop"]) && statement.has_word("cascade")),
        }
    }

    /// Whether the object is gone, or as before, when both files have run.
    pub(super) fn covers(&self, change: &Change) -> bool {
        let object = &change.object;
        self.names(object)
            || self.in_bodies.contains(&object.name)
            || self.goes_with_table(change)
            || self.goes_with_column(change)
            || self.goes_by_cascade(object.kind)
    }

    /// To make it again counts too: a view or a function may get its old text back.
    fn names(&self, object: &Object) -> bool {
        let same_table = |other: &Object| {
            other.table.is_none() || object.table.is_none() || other.table == object.table
        };
        let mut changes = self.changes.iter().map(|change| &change.object);
        changes.any(|other| {
            other.kind == object.kind && other.name == object.name && same_table(other)
        })
    }

    fn drops(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        let dropped = self
            .changes
            .iter()
            .filter(move |change| change.verb == Verb::Drop && change.object.kind == kind);
        dropped.map(|change| &change.object)
    }

    fn goes_with_table(&self, change: &Change) -> bool {
        let object = &change.object;
        self.drops(Kind::Table).any(|table| {
            let is_partition = object.kind == Kind::Table
                && change.names.windows(3).any(|names| {
                    matches!(names, [partition, of, parent]
                        if partition == "partition" && of == "of" && *parent == table.name)
                });
            object.table.as_ref() == Some(&table.name) || is_partition
        }) || self
            .drops(Kind::View)
            .any(|view| object.table.as_ref() == Some(&view.name))
    }

    /// Indexes and constraints go with any of their columns, and so do sequences.
    fn goes_with_column(&self, change: &Change) -> bool {
        let object = &change.object;
        match object.kind {
            Kind::Index | Kind::Constraint => self
                .drops(Kind::Column)
                .any(|column| column.table == object.table && change.names.contains(&column.name)),
            Kind::Sequence => self.owned_sequences.contains(&object.name),
            _ => false,
        }
    }

    fn goes_by_cascade(&self, kind: Kind) -> bool {
        use Kind::{Column, Constraint, Index, Policy, Trigger, View};
        let depends = matches!(kind, Column | Constraint | Index | Policy | Trigger | View);
        self.cascades && (depends || self.drops(Kind::Schema).next().is_some())
    }
}

fn body_names(statement: &Statement<'_>) -> BTreeSet<String> {
    if !statement.is_words(0, &["do"]) {
        return BTreeSet::new();
    }
    let tokens = 0..statement.tokens().len();
    let bodies = tokens.filter_map(|index| literal(statement.token(index)?.1));
    let names = bodies.flat_map(|body| {
        let statements = split(&body);
        let names = statements.iter().flat_map(Statement::names);
        names.collect::<Vec<_>>()
    });
    names.collect()
}

/// `create sequence s ... owned by t.c` and `alter sequence s owned by t.c`.
fn owned_sequence(statement: &Statement<'_>) -> Option<String> {
    let names: Vec<String> = statement.names().collect();
    let owned = names.windows(3).any(|names| {
        matches!(names, [owned, by, owner] if owned == "owned" && by == "by" && owner != "none")
    });
    let at = names.iter().position(|name| name == "sequence")?;
    let name = names
        .iter()
        .skip(at + 1)
        .find(|name| !matches!(name.as_str(), "if" | "not" | "exists"));
    name.filter(|_| owned).cloned()
}
