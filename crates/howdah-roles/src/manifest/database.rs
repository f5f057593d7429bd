use std::collections::BTreeMap;

use howdah_ident::{DatabaseName, Ident, SchemaName};
use serde::{Deserialize, Serialize};

use super::access::{self, Grants};
use super::{Problems, is_default};
use crate::privilege::{Grantee, Privilege};
use crate::wanted;

/// What can be granted on a database.
const ON_DATABASES: [Privilege; 3] = [Privilege::Connect, Privilege::Create, Privilege::Temporary];

/// One database as somebody writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) owner: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) grants: BTreeMap<String, Vec<String>>,
    /// With the schema that it is made in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) extensions: BTreeMap<String, Option<String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) schemas: BTreeMap<String, Schema>,
}

/// One schema, or a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Schema {
    pub(crate) owner: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) access: BTreeMap<String, Grants>,
}

pub(super) fn all(
    databases: &BTreeMap<String, Database>,
    problems: &mut Problems,
) -> BTreeMap<Ident, wanted::Database> {
    let one = |(name, database): (&String, &Database)| {
        let place = format!("databases.{name}");
        let checked = database.check(&place, problems);
        let name = DatabaseName::new(name.as_str()).map(|name| name.ident().clone());
        Some((problems.keep(&place, name)?, checked?))
    };
    databases.iter().filter_map(one).collect()
}

impl Database {
    fn check(&self, place: &str, problems: &mut Problems) -> Option<wanted::Database> {
        let owner = problems.role(&format!("{place}.owner"), &self.owner)?;
        let mut database = wanted::Database::new(owner);
        for (role, privileges) in &self.grants {
            let place = format!("{place}.grants.{role}");
            let privileges = access::privileges(&place, privileges, &ON_DATABASES, problems);
            if let Some(role) = problems.role(&place, role) {
                database.access.insert(Grantee::Role(role), privileges);
            }
        }
        for (name, schema) in &self.extensions {
            let place = format!("{place}.extensions.{name}");
            problems.keep(&place, Ident::new(name.as_str()));
            let schema = schema.as_ref().and_then(|schema| {
                let name = SchemaName::new(schema.as_str()).map(|name| name.ident().clone());
                problems.keep(&place, name)
            });
            database.extensions.insert(name.clone(), schema);
        }
        for (name, schema) in &self.schemas {
            let place = format!("{place}.schemas.{name}");
            database
                .schemas
                .extend(schema.check(&place, name, problems));
        }
        Some(database)
    }
}

impl Schema {
    fn check(&self, place: &str, name: &str, problems: &mut Problems) -> Option<wanted::Schema> {
        let mut access = BTreeMap::new();
        for (role, grants) in &self.access {
            let place = format!("{place}.access.{role}");
            let grants = grants.check(&place, problems);
            access.extend(problems.role(&place, role).map(|role| (role, grants)));
        }
        let owner = problems.role(&format!("{place}.owner"), &self.owner);
        Some(wanted::Schema {
            name: schema_name(place, name, problems)?,
            owner: owner?,
            access,
        })
    }
}

fn schema_name(place: &str, name: &str, problems: &mut Problems) -> Option<wanted::SchemaName> {
    let prefix = name.strip_suffix('*');
    let plain = prefix.unwrap_or(name);
    if prefix.is_some_and(str::is_empty) || plain.contains('*') {
        problems.add(
            place,
            "a * stands at the end of a name, behind at least one letter",
        );
        return None;
    }
    let checked = problems.keep(place, SchemaName::new(plain))?;
    Some(match prefix {
        Some(prefix) => wanted::SchemaName::Prefix(prefix.to_owned()),
        None => wanted::SchemaName::Exact(checked.ident().clone()),
    })
}
