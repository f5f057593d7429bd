mod alter;
mod create;
mod drop;

use crate::cursor::Cursor;
use crate::split::Statement;

/// What kind of thing a statement makes or drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Table,
    /// A materialized one too.
    View,
    Column,
    Index,
    /// A domain too.
    Type,
    /// A procedure or an aggregate too.
    Function,
    Sequence,
    Constraint,
    Trigger,
    Policy,
    Schema,
    Extension,
}

/// Something with a name. Names are not qualified: a migration knows one schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// The table it is part of.
    pub(super) table: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Drop,
    /// The old name of something that gets a new one.
    RenameFrom,
    /// The new name of it.
    RenameTo,
}

/// What a statement does to one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) verb: Verb,
    pub(super) object: Object,
    /// Where it stands in the script.
    pub(super) byte: usize,
    /// All names that are said beside it: the columns of an index among them.
    pub(super) names: Vec<String>,
}

impl Change {
    fn new(verb: Verb, object: Object, byte: usize) -> Self {
        Self {
            verb,
            object,
            byte,
            names: Vec::new(),
        }
    }

    /// Whether the object is there behind it.
    pub(super) fn makes(&self) -> bool {
        matches!(self.verb, Verb::Create | Verb::RenameTo)
    }
}

impl Object {
    pub(super) fn new(kind: Kind, name: String) -> Self {
        Self {
            kind,
            name,
            table: None,
        }
    }

    pub(super) fn of_table(kind: Kind, name: String, table: &str) -> Self {
        Self {
            table: Some(table.to_owned()),
            ..Self::new(kind, name)
        }
    }

    /// For people: `column a of b`.
    pub(super) fn describe(&self) -> String {
        let name = &self.name;
        let word = self.kind.word();
        match &self.table {
            Some(table) if self.kind != Kind::Index => format!("{word} `{name}` of `{table}`"),
            _ => format!("{word} `{name}`"),
        }
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::Column => "column",
            Self::Index => "index",
            Self::Type => "type",
            Self::Function => "function",
            Self::Sequence => "sequence",
            Self::Constraint => "constraint",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
            Self::Schema => "schema",
            Self::Extension => "extension",
        }
    }

    /// Steps over the words that say what kind of object comes.
    fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        const WORDS: &[(&[&str], Kind)] = &[
            (&["table"], Kind::Table),
            (&["foreign", "table"], Kind::Table),
            (&["view"], Kind::View),
            (&["materialized", "view"], Kind::View),
            (&["index"], Kind::Index),
            (&["type"], Kind::Type),
            (&["domain"], Kind::Type),
            (&["function"], Kind::Function),
            (&["procedure"], Kind::Function),
            (&["aggregate"], Kind::Function),
            (&["routine"], Kind::Function),
            (&["sequence"], Kind::Sequence),
            (&["trigger"], Kind::Trigger),
            (&["policy"], Kind::Policy),
            (&["schema"], Kind::Schema),
            (&["extension"], Kind::Extension),
        ];
        let found = WORDS.iter().find(|(words, _)| cursor.eat(words));
        found.map(|(_, kind)| *kind)
    }
}

/// What a statement makes, drops and renames, as far as its words tell.
pub(super) fn changes(statement: &Statement<'_>) -> Vec<Change> {
    let mut cursor = Cursor::new(statement);
    if cursor.eat(&["create"]) {
        create::read(cursor).into_iter().collect()
    } else if cursor.eat(&["drop"]) {
        drop::read(cursor)
    } else if cursor.eat(&["alter"]) {
        alter::read(cursor)
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn shown(sql: &str) -> Vec<String> {
        let statements = split(sql);
        let changes = statements.iter().flat_map(changes);
        changes
            .map(|change| format!("{:?} {}", change.verb, change.object.describe()))
            .collect()
    }

    #[test]
    fn what_is_created_is_found_in_every_form() {
        for (sql, found) in [
            ("create table if not exists a.B (c int)", "Create table `b`"),
            ("create unlogged table \"B\" ()", "Create table `B`"),
            (
                "create unique index concurrently if not exists i on only t (a)",
                "Create index `i`",
            ),
            (
                "create or replace function f(a int) returns int",
                "Create function `f`",
            ),
            ("create type t as enum ('a')", "Create type `t`"),
            ("create materialized view v as select 1", "Create view `v`"),
            (
                "create constraint trigger g after update of a on t",
                "Create trigger `g` of `t`",
            ),
            ("create schema if not exists s", "Create schema `s`"),
            (
                "create extension if not exists e with schema s",
                "Create extension `e`",
            ),
            (
                "create policy p on t using (true)",
                "Create policy `p` of `t`",
            ),
            ("create or replace view v as select 1", "Create view `v`"),
            ("create sequence s", "Create sequence `s`"),
        ] {
            assert_eq!(shown(sql), [found], "{sql}");
        }
    }

    #[test]
    fn what_leaves_no_trace_or_has_no_name_is_not() {
        for sql in [
            "create temp table t ()",
            "create index on t (a)",
            "create schema authorization a",
            "create role r",
            "alter table t add check (a > 0), add unique (b), alter column c set not null",
            "alter type t rename value 'a' to 'b'",
            "select 'create table t ()'",
        ] {
            assert_eq!(shown(sql), [""; 0], "{sql}");
        }
    }

    #[test]
    fn every_action_of_an_alter_table_is_found() {
        assert_eq!(
            shown(
                "alter table only a.t add column if not exists b numeric(1, 2), add c int, \
                   add constraint d check (e in (1, 2)), drop column if exists f cascade, drop g, drop constraint h"
            ),
            [
                "Create column `b` of `t`",
                "Create column `c` of `t`",
                "Create constraint `d` of `t`",
                "Drop column `f` of `t`",
                "Drop column `g` of `t`",
                "Drop constraint `h` of `t`",
            ]
        );
    }

    #[test]
    fn a_new_name_drops_the_old_one() {
        assert_eq!(
            shown(
                "alter table t rename a to b; alter table if exists t rename to u; alter index i rename to j; \
                   alter table t rename constraint c to d"
            ),
            [
                "RenameFrom column `a` of `t`",
                "RenameTo column `b` of `t`",
                "RenameFrom table `t`",
                "RenameTo table `u`",
                "RenameFrom index `i`",
                "RenameTo index `j`",
                "RenameFrom constraint `c` of `t`",
                "RenameTo constraint `d` of `t`",
            ]
        );
    }

    #[test]
    fn lists_are_dropped_one_by_one() {
        assert_eq!(
            shown(
                "drop function if exists f(a int, b int), g cascade; drop trigger x on t; \
                   drop index concurrently i, s.j"
            ),
            [
                "Drop function `f`",
                "Drop function `g`",
                "Drop trigger `x` of `t`",
                "Drop index `i`",
                "Drop index `j`",
            ]
        );
    }
}
