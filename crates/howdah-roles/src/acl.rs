use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use howdah_ident::RoleName;
use sqlx::postgres::PgConnection;

use crate::{Error, Layout};

/// Functions that write large objects. PUBLIC may call them, so that even a role that only reads can fill the disk.
const LARGE_OBJECT_WRITERS: [&str; 10] = [
    "lo_creat",
    "lo_create",
    "lo_from_bytea",
    "lo_import",
    "lo_open",
    "lo_put",
    "lo_truncate",
    "lo_truncate64",
    "lo_unlink",
    "lowrite",
];

/// Something that privileges are held on. The names are quoted by the server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Object {
    Database(String),
    /// The flag: it is the layout's own schema, not `public` beside it.
    Schema(String, bool),
    DefaultFunctionsEverywhere,
    DefaultTables,
    DefaultSequences,
    DefaultFunctions,
    Table(String),
    Sequence(String),
    /// The flag: a role that only reads may call it.
    Routine(String, bool),
    LargeObjectRoutine(String),
}

/// Who holds a privilege.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grantee {
    Public,
    Role(RoleName),
}

/// Who holds which privileges on one object, among PUBLIC and the roles of the layout but its owner.
pub(crate) type Privileges = BTreeSet<(Grantee, String)>;

/// Kind, quoted name, flag, grantee, privilege.
type Row = (String, String, bool, Option<String>, Option<String>);

/// The privileges as they are.
pub(crate) async fn read(
    connection: &mut PgConnection,
    layout: &Layout,
) -> Result<BTreeMap<Object, Privileges>, Error> {
    let rows: Vec<Row> = sqlx::query_as(include_str!("../sql/acl.sql"))
        .bind(layout.schema().as_str())
        .bind(layout.owner().as_str())
        .bind(LARGE_OBJECT_WRITERS.map(str::to_owned).to_vec())
        .fetch_all(connection)
        .await
        .map_err(Error::read("the privileges"))?;
    let mut objects: BTreeMap<Object, Privileges> = BTreeMap::new();
    for (kind, name, flag, holder, privilege) in rows {
        let Some(object) = Object::from_catalog(&kind, name, flag) else {
            continue;
        };
        let privileges = objects.entry(object).or_default();
        let grantee = holder.and_then(|name| grantee(&name, layout));
        if let (Some(grantee), Some(privilege)) = (grantee, privilege) {
            privileges.insert((grantee, privilege));
        }
    }
    Ok(objects)
}

fn grantee(name: &str, layout: &Layout) -> Option<Grantee> {
    if name == "PUBLIC" {
        return Some(Grantee::Public);
    }
    layout
        .roles()
        .into_iter()
        .find(|role| role.as_str() == name && *role != layout.owner())
        .map(|role| Grantee::Role(role.clone()))
}

impl Object {
    fn from_catalog(kind: &str, name: String, flag: bool) -> Option<Self> {
        Some(match kind {
            "database" => Self::Database(name),
            "schema" => Self::Schema(name, flag),
            "table" => Self::Table(name),
            "sequence" => Self::Sequence(name),
            "routine" => Self::Routine(name, flag),
            "large object routine" => Self::LargeObjectRoutine(name),
            "default tables" => Self::DefaultTables,
            "default sequences" => Self::DefaultSequences,
            "default functions" => Self::DefaultFunctions,
            "default functions everywhere" => Self::DefaultFunctionsEverywhere,
            _ => return None,
        })
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::Role(role) => role.fmt(f),
        }
    }
}
