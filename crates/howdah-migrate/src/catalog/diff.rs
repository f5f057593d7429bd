use std::collections::{BTreeMap, BTreeSet};

use super::difference::{COLUMN_ORDER, Change, Difference};
use super::object::{Object, ObjectKind, ObjectName};
use super::rename::join_renamed;

/// In front of the name of a role.
const PRIVILEGES_OF: &str = "privileges of ";

type Objects = BTreeMap<ObjectName, Object>;

/// All changes first; then those go that follow from another one.
pub(super) fn diff(expected: &Objects, found: &Objects) -> Vec<Difference> {
    let all = Changes::between(expected, found);
    let told = all
        .by_object
        .iter()
        .flat_map(|(object, changes)| changes.iter().map(move |change| (object, change)))
        .filter(|(object, change)| !all.follows(object, change))
        .map(|(object, change)| Difference {
            object: (*object).clone(),
            change: change.clone(),
        })
        .collect();
    join_renamed(told, expected, found)
}

struct Changes<'a> {
    expected: &'a Objects,
    found: &'a Objects,
    by_object: BTreeMap<&'a ObjectName, Vec<Change>>,
}

impl<'a> Changes<'a> {
    fn between(expected: &'a Objects, found: &'a Objects) -> Self {
        let mut changes: BTreeMap<&ObjectName, Vec<Change>> = BTreeMap::new();
        for (name, object) in expected {
            let change = match found.get(name) {
                None => vec![Change::Missing],
                Some(other) => changed(object, other),
            };
            changes.entry(name).or_default().extend(change);
        }
        for name in found.keys().filter(|name| !expected.contains_key(name)) {
            changes.entry(name).or_default().push(Change::Unexpected);
        }
        for (table, change) in column_orders(expected, found) {
            changes.entry(table).or_default().push(change);
        }
        Self {
            expected,
            found,
            by_object: changes,
        }
    }

    fn of(&self, object: &ObjectName) -> &[Change] {
        self.by_object.get(object).map_or(&[], Vec::as_slice)
    }

    fn has(&self, object: &ObjectName, change: &Change) -> bool {
        self.of(object).contains(change)
    }

    fn has_changed(&self, object: &ObjectName, property: &str) -> bool {
        self.of(object)
            .iter()
            .any(|change| matches!(change, Change::Changed { what, .. } if what == property))
    }

    fn comes_or_goes(&self, object: &ObjectName) -> bool {
        self.has(object, &Change::Missing) || self.has(object, &Change::Unexpected)
    }

    /// Whether another change is the reason of this one. Reasons go from a part to its whole, from a copy to its
    /// original and from a key to the table it refers to, never in a circle: one change is always left.
    fn follows(&self, name: &ObjectName, change: &Change) -> bool {
        let side = match change {
            Change::Unexpected => self.found,
            Change::Missing | Change::Changed { .. } => self.expected,
        };
        let Some(object) = side.get(name) else {
            return false;
        };
        match change {
            Change::Missing | Change::Unexpected => {
                self.goes_with(name, object, change) || self.moved_with_table(name)
            }
            Change::Changed { what, .. } => {
                self.changed_with(name, object, change, what)
                    || match what.as_str() {
                        "definition" | "using" | "with check" | "owned by" => object
                            .needs
                            .iter()
                            .any(|need| self.comes_or_goes(need) || self.has_changed(need, "type")),
                        "default" | "identity" | "collation" | "storage" | "compression" => {
                            self.has_changed(name, "type")
                        }
                        "not null" => self.key_changed(name),
                        _ => self.is_right_of_owner(name, what),
                    }
            }
        }
    }

    /// What an object needs came or went, or its original, or the schema.
    fn goes_with(&self, name: &ObjectName, object: &Object, change: &Change) -> bool {
        let schema = ObjectName::new(ObjectKind::Schema, "");
        let mut reasons = object.needs.iter().chain(&object.copy_of);
        reasons.any(|reason| self.has(reason, change))
            || (*name != schema && self.has(&schema, change))
    }

    /// The server changes copies with their original, and the sequence of a column with the table. Rights and comments
    /// it does not: two that are equal are two changes.
    fn changed_with(
        &self,
        name: &ObjectName,
        object: &Object,
        change: &Change,
        what: &str,
    ) -> bool {
        if name.kind == ObjectKind::Sequence {
            let moves = matches!(what, "owner" | "persistence");
            return moves && object.needs.iter().any(|table| self.has(table, change));
        }
        let own = what == "comment" || what.starts_with(PRIVILEGES_OF);
        !own && object
            .copy_of
            .iter()
            .any(|original| self.has(original, change))
    }

    /// A partition that is detached loses what it has of its parent, or gets it as its own.
    fn moved_with_table(&self, name: &ObjectName) -> bool {
        name.kind != ObjectKind::Column
            && name
                .of
                .as_ref()
                .is_some_and(|table| self.has_changed(table, "partition"))
    }

    /// The rights of the old owner and of the new one go with the table.
    fn is_right_of_owner(&self, name: &ObjectName, what: &str) -> bool {
        let Some(role) = what.strip_prefix(PRIVILEGES_OF) else {
            return false;
        };
        let whole = name.of.as_deref().unwrap_or(name);
        self.of(whole).iter().any(|change| match change {
            Change::Changed {
                what,
                expected,
                found,
            } => {
                what == "owner"
                    && [Some("<owner>"), expected.as_deref(), found.as_deref()]
                        .contains(&Some(role))
            }
            _ => false,
        })
    }

    /// A primary key makes its columns `not null`.
    fn key_changed(&self, column: &ObjectName) -> bool {
        self.by_object
            .iter()
            .filter(|(name, _)| name.kind == ObjectKind::Constraint && name.of == column.of)
            .filter(|(name, _)| self.comes_or_goes(name))
            .filter_map(|(name, _)| self.expected.get(*name).or_else(|| self.found.get(*name)))
            .any(|key| is_primary(key) && key.needs.contains(column))
    }
}

fn is_primary(key: &Object) -> bool {
    key.properties
        .get("definition")
        .is_some_and(|definition| definition.starts_with("PRIMARY KEY"))
}

fn changed(expected: &Object, found: &Object) -> Vec<Change> {
    let mut changes = values(&expected.properties, &found.properties, "");
    let privileges = values(&expected.privileges, &found.privileges, PRIVILEGES_OF);
    changes.extend(privileges);
    changes
}

fn values(
    expected: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
    prefix: &str,
) -> Vec<Change> {
    let keys: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    keys.into_iter()
        .filter(|key| expected.get(*key) != found.get(*key))
        .map(|key| Change::Changed {
            what: format!("{prefix}{key}"),
            expected: expected.get(key).cloned(),
            found: found.get(key).cloned(),
        })
        .collect()
}

/// Of the columns that both have: one that is added or dropped does not move the others.
fn column_orders<'a>(expected: &'a Objects, found: &'a Objects) -> Vec<(&'a ObjectName, Change)> {
    let there = columns_in_order(found, expected);
    columns_in_order(expected, found)
        .into_iter()
        .filter_map(|(table, columns)| {
            let (table, _) = expected.get_key_value(table)?;
            let other = there.get(table)?;
            (columns != *other).then(|| {
                let change = Change::Changed {
                    what: COLUMN_ORDER.to_owned(),
                    expected: Some(columns.join(", ")),
                    found: Some(other.join(", ")),
                };
                (table, change)
            })
        })
        .collect()
}

fn columns_in_order<'a>(
    objects: &'a Objects,
    also_in: &Objects,
) -> BTreeMap<&'a ObjectName, Vec<&'a str>> {
    let mut columns: Vec<_> = objects
        .iter()
        .filter(|(name, _)| also_in.contains_key(*name))
        .filter_map(|(name, object)| Some((name.of.as_deref()?, object.position?, &name.name)))
        .collect();
    columns.sort();
    let mut tables: BTreeMap<&ObjectName, Vec<&str>> = BTreeMap::new();
    for (table, _, column) in columns {
        tables.entry(table).or_default().push(column);
    }
    tables
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::Catalog;

    fn object(needs: Vec<ObjectName>, properties: &[(&str, String)], position: i32) -> Object {
        Object {
            properties: properties
                .iter()
                .map(|(what, value)| ((*what).to_owned(), value.clone()))
                .collect(),
            position: (position > 0).then_some(position),
            needs,
            ..Object::default()
        }
    }

    /// Its name, whether it is text, and whether it has an index.
    type Columns = Vec<(u8, bool, bool)>;

    fn catalog(tables: &[(u8, Columns)]) -> Catalog {
        let mut objects = BTreeMap::new();
        let schema = ObjectName::new(ObjectKind::Schema, "");
        objects.insert(schema, Object::default());
        for (table, columns) in tables {
            let table = ObjectName::new(ObjectKind::Table, format!("t{table}"));
            objects.insert(table.clone(), object(Vec::new(), &[], 0));
            for (position, (name, is_text, indexed)) in (1..).zip(columns) {
                let column = table.part(ObjectKind::Column, format!("c{name}"));
                let kind = if *is_text { "text" } else { "integer" }.to_owned();
                let properties = [("type", kind.clone()), ("default", format!("x::{kind}"))];
                objects.insert(
                    column.clone(),
                    object(vec![table.clone()], &properties, position),
                );
                if *indexed {
                    let index = table.part(ObjectKind::Index, format!("i{name}"));
                    let definition = [("definition", format!("lower({}::{kind})", column.name))];
                    let needs = vec![table.clone(), column];
                    objects.insert(index, object(needs, &definition, 0));
                }
            }
        }
        Catalog { objects }
    }

    fn tables() -> impl Strategy<Value = Catalog> {
        let column = (0_u8..4, any::<bool>(), any::<bool>());
        let table = (0_u8..3, prop::collection::vec(column, 0..4));
        prop::collection::vec(table, 0..4).prop_map(|tables| catalog(&tables))
    }

    proptest! {
        #[test]
        fn there_is_nothing_to_tell_exactly_if_both_are_equal(one in tables(), two in tables()) {
            prop_assert!(one.diff(&one).is_empty());
            prop_assert_eq!(one.diff(&two).is_empty(), one.fingerprint() == two.fingerprint());
            prop_assert_eq!(one.fingerprint() == two.fingerprint(), one == two);
        }

        #[test]
        fn differences_are_sorted_and_shorter_than_the_catalogs(one in tables(), two in tables()) {
            let told = one.diff(&two);
            prop_assert!(told.is_sorted_by(|a, b| a.object <= b.object));
            prop_assert!(told.iter().all(|difference| !difference.to_string().contains('\n')));
        }
    }

    #[test]
    fn a_type_explains_the_default_and_the_index_that_spell_it() {
        let wanted = catalog(&[(0, vec![(0, false, true)])]);
        let found = catalog(&[(0, vec![(0, true, true)])]);
        let told: Vec<String> = wanted
            .diff(&found)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            ["table t0: column c0: type is text, expected integer"]
        );
    }

    #[test]
    fn two_that_could_be_the_renamed_one_are_told_as_they_are() {
        let wanted = catalog(&[(0, vec![])]);
        let told = wanted.diff(&catalog(&[(1, vec![]), (2, vec![])]));
        assert_eq!(told.len(), 3, "{told:?}");
        let told = wanted.diff(&catalog(&[(1, vec![])]));
        assert_eq!(told.len(), 1, "{told:?}");
    }
}
