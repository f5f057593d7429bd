use std::collections::{BTreeMap, BTreeSet};

use super::array_cast::cast_elements;
use super::object::{Object, ObjectKind, ObjectName};
use super::spell::Spelling;
use crate::LedgerName;

/// A row of one of the queries: names are text that still has to be joined.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) kind: String,
    pub(super) of: Option<String>,
    pub(super) name: String,
    pub(super) position: Option<i32>,
    /// Of `of`, which it could not be without.
    pub(super) columns: Vec<String>,
    /// Which it could not be without.
    pub(super) other_table: Option<String>,
    pub(super) other_columns: Vec<String>,
    /// The constraint of `other_table`.
    pub(super) other_key: Option<String>,
    /// Pairs: a table, and a column of it.
    pub(super) uses: Vec<Option<String>>,
    pub(super) copy_of_table: Option<String>,
    pub(super) copy_of: Option<String>,
    pub(super) properties: BTreeMap<String, String>,
}

/// What one role may do with one object.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) kind: String,
    pub(super) of: Option<String>,
    pub(super) name: String,
    pub(super) grantee: String,
    pub(super) granted: String,
}

/// These hold text that people or other languages wrote, not SQL that the server spelled.
const PLAIN: [&str; 6] = [
    "comment",
    "labels",
    "source",
    "settings",
    "options",
    "foreign options",
];

/// Joins the rows to objects. What belongs to nothing that is known goes with what it belongs to: to a ledger, or to
/// an extension.
pub(super) fn resolve(
    found: Vec<Found>,
    grants: Vec<Grant>,
    spelling: &Spelling<'_>,
    ledgers: Ledgers<'_>,
) -> BTreeMap<ObjectName, Object> {
    let names = Names::of(&found, spelling, ledgers);
    let mut objects = BTreeMap::new();
    for row in found {
        if row.of.is_none()
            && row
                .other_table
                .as_deref()
                .is_some_and(|table| ledgers.have(table))
        {
            continue;
        }
        if let Some(name) = names.find(&row.kind, row.of.as_deref(), &row.name) {
            let object = names.object(row, &name);
            objects.insert(name, object);
        }
    }
    for grant in grants {
        let name = names.find(&grant.kind, grant.of.as_deref(), &grant.name);
        if let Some(object) = name.and_then(|name| objects.get_mut(&name)) {
            object.privileges.insert(grant.grantee, grant.granted);
        }
    }
    objects
}

/// The tables of sqlx and of this crate, also if the ledger has another name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ledgers<'a>(pub(super) &'a LedgerName);

impl Ledgers<'_> {
    fn have(self, name: &str) -> bool {
        [self.0.table().as_str(), self.0.log().as_str()].contains(&name)
            || name == "_sqlx_migrations"
            || name.starts_with("_sqlx_migrations_")
            || name.starts_with("_howdah_")
    }
}

/// Everything that has parts, by its name.
struct Names<'a> {
    wholes: BTreeMap<String, ObjectName>,
    spelling: &'a Spelling<'a>,
    ledgers: Ledgers<'a>,
}

impl<'a> Names<'a> {
    fn of(found: &[Found], spelling: &'a Spelling<'a>, ledgers: Ledgers<'a>) -> Self {
        let wholes = found
            .iter()
            .filter(|row| row.of.is_none() && !ledgers.have(&row.name))
            .filter_map(|row| {
                let kind = ObjectKind::from_word(&row.kind).filter(|kind| kind.has_parts())?;
                Some((row.name.clone(), ObjectName::new(kind, row.name.clone())))
            })
            .collect();
        Self {
            wholes,
            spelling,
            ledgers,
        }
    }

    fn find(&self, kind: &str, of: Option<&str>, name: &str) -> Option<ObjectName> {
        let kind = ObjectKind::from_word(kind)?;
        if let Some(of) = of {
            return Some(self.wholes.get(of)?.part(kind, name));
        }
        let named_by_types = matches!(
            kind,
            ObjectKind::Function
                | ObjectKind::Procedure
                | ObjectKind::Aggregate
                | ObjectKind::Operator
                | ObjectKind::Cast
        );
        if named_by_types {
            return Some(ObjectName::new(kind, self.spelling.definition(name)));
        }
        (!self.ledgers.have(name)).then(|| ObjectName::new(kind, name))
    }

    fn object(&self, row: Found, name: &ObjectName) -> Object {
        let needs = self.needs(&row, name);
        let copy_of = row.copy_of.and_then(|copied| {
            let table = self.wholes.get(&row.copy_of_table?)?;
            Some(table.part(name.kind, copied))
        });
        let spell = |(what, value): (String, String)| {
            let value = self.spell(&what, value);
            (what, value)
        };
        Object {
            properties: row.properties.into_iter().map(spell).collect(),
            privileges: BTreeMap::new(),
            position: row.position,
            needs,
            copy_of,
        }
    }

    fn needs(&self, row: &Found, name: &ObjectName) -> Vec<ObjectName> {
        let other = row.other_table.as_ref();
        let other = other.and_then(|other| self.wholes.get(other));
        let sets = [
            (name.of.as_deref(), &row.columns),
            (other, &row.other_columns),
        ];
        let mut needs = BTreeSet::new();
        if let (Some(other), Some(key)) = (other, &row.other_key) {
            needs.insert(other.part(ObjectKind::Constraint, key));
        }
        for (table, columns) in sets {
            needs.extend(table.cloned());
            needs.extend(table.iter().flat_map(|table| parts(table, columns)));
        }
        for pair in row.uses.chunks(2) {
            if let [Some(table), column] = pair
                && let Some(table) = self.wholes.get(table)
            {
                needs.insert(table.clone());
                needs.extend(
                    column
                        .iter()
                        .map(|column| table.part(ObjectKind::Column, column)),
                );
            }
        }
        needs.into_iter().filter(|need| need != name).collect()
    }

    fn spell(&self, what: &str, value: String) -> String {
        match what {
            "search path" => self.spelling.path(&value),
            "body" => self.spelling.definition(&value),
            _ if PLAIN.contains(&what) => value,
            _ => cast_elements(self.spelling.definition(&value)),
        }
    }
}

fn parts(table: &ObjectName, columns: &[String]) -> Vec<ObjectName> {
    columns
        .iter()
        .map(|column| table.part(ObjectKind::Column, column))
        .collect()
}
