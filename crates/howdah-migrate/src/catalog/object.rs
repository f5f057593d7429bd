use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

/// What an object of a schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ObjectKind {
    /// The schema itself.
    Schema,
    /// An extension whose objects are in the schema.
    Extension,
    /// `create collation`
    Collation,
    /// `create type ... as enum`
    Enum,
    /// `create domain`
    Domain,
    /// `create type ... as range`
    Range,
    /// `create type ... as (...)`
    CompositeType,
    /// `create sequence`, also that of a `serial` column; that of an identity column is part of the column.
    Sequence,
    /// A table, also a partitioned one and a partition.
    Table,
    /// `create foreign table`
    ForeignTable,
    /// `create view`
    View,
    /// `create materialized view`
    MaterializedView,
    /// Of a table or a composite type.
    Column,
    /// Of a table or a domain, with the index it has; `not null` is part of the column.
    Constraint,
    /// An index without a constraint.
    Index,
    /// `create statistics`
    Statistics,
    /// `create trigger`
    Trigger,
    /// `create rule`
    Rule,
    /// `create policy`
    Policy,
    /// `create function`, named with the types of its arguments.
    Function,
    /// `create procedure`, named as a function.
    Procedure,
    /// `create aggregate`, named as a function.
    Aggregate,
    /// `create operator`, named with the types of its arguments.
    Operator,
    /// `create cast`
    Cast,
    /// `alter default privileges ... in schema`
    DefaultPrivileges,
}

const WORDS: [(ObjectKind, &str); 25] = [
    (ObjectKind::Schema, "schema"),
    (ObjectKind::Extension, "extension"),
    (ObjectKind::Collation, "collation"),
    (ObjectKind::Enum, "enum"),
    (ObjectKind::Domain, "domain"),
    (ObjectKind::Range, "range"),
    (ObjectKind::CompositeType, "composite type"),
    (ObjectKind::Sequence, "sequence"),
    (ObjectKind::Table, "table"),
    (ObjectKind::ForeignTable, "foreign table"),
    (ObjectKind::View, "view"),
    (ObjectKind::MaterializedView, "materialized view"),
    (ObjectKind::Column, "column"),
    (ObjectKind::Constraint, "constraint"),
    (ObjectKind::Index, "index"),
    (ObjectKind::Statistics, "statistics"),
    (ObjectKind::Trigger, "trigger"),
    (ObjectKind::Rule, "rule"),
    (ObjectKind::Policy, "policy"),
    (ObjectKind::Function, "function"),
    (ObjectKind::Procedure, "procedure"),
    (ObjectKind::Aggregate, "aggregate"),
    (ObjectKind::Operator, "operator"),
    (ObjectKind::Cast, "cast"),
    (ObjectKind::DefaultPrivileges, "default privileges"),
];

impl ObjectKind {
    /// As the queries spell it, which is as people read it.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        let (kind, _) = WORDS.iter().find(|(_, known)| *known == word)?;
        Some(*kind)
    }

    /// Whether other objects can belong to one of this kind. Their names share one namespace.
    pub(super) fn has_parts(self) -> bool {
        matches!(
            self,
            Self::Domain
                | Self::CompositeType
                | Self::Table
                | Self::ForeignTable
                | Self::View
                | Self::MaterializedView
        )
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = WORDS.iter().find(|(kind, _)| kind == self);
        f.write_str(found.map_or("object", |(_, word)| word))
    }
}

/// Which object of a schema; parts are sorted behind what they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ObjectName {
    /// What it is.
    pub kind: ObjectKind,
    /// What it belongs to: the table of a column.
    pub of: Option<Box<Self>>,
    /// Its name, as the catalog has it. That of the schema itself is empty.
    pub name: String,
}

impl ObjectName {
    pub(super) fn new(kind: ObjectKind, name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            kind,
            of: None,
            name,
        }
    }

    pub(super) fn part(&self, kind: ObjectKind, name: impl Into<String>) -> Self {
        let of = Some(Box::new(self.clone()));
        Self {
            of,
            ..Self::new(kind, name)
        }
    }

    fn order(&self) -> (ObjectKind, &str, bool, ObjectKind, &str) {
        let whole = self.of.as_deref().unwrap_or(self);
        let (kind, name) = (self.kind, self.name.as_str());
        (whole.kind, &whole.name, self.of.is_some(), kind, name)
    }
}

impl Ord for ObjectName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for ObjectName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ObjectName {
    /// On one line, whatever the name: `table users: column email`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(of) = &self.of {
            write!(f, "{of}: ")?;
        }
        self.kind.fmt(f)?;
        if self.kind == ObjectKind::Schema {
            return Ok(());
        }
        write!(f, " {}", self.name.escape_debug())
    }
}

/// What is known of an object, and what its being there follows from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) properties: BTreeMap<String, String>,
    /// By role.
    pub(super) privileges: BTreeMap<String, String>,
    /// Of a column among those of its table, from 1.
    pub(super) position: Option<i32>,
    /// Without these it could not be there.
    pub(super) needs: Vec<ObjectName>,
    /// The server made it and changes it together with this one, which belongs to a parent table.
    pub(super) copy_of: Option<ObjectName>,
}
