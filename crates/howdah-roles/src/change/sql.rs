use howdah_ident::{Ident, Literal};

use super::{Access, Change, Target};
use crate::catalog::Kind;
use crate::privilege::list;

/// Names in one statement. A schema of ten thousand tables would otherwise be a statement that no log shows.
const NAMES_AT_ONCE: usize = 200;

impl Change {
    /// The statements, as they are sent.
    pub(crate) fn sql(&self) -> Vec<String> {
        match self {
            Self::Password { role, verifier } => {
                let literal = Literal::new(verifier)
                    .map_or_else(|_nul| "null".to_owned(), |text| text.to_string());
                vec![format!("alter role {role} password {literal}")]
            }
            _ => self.shown(),
        }
    }

    /// The statements, passwords hidden.
    pub(crate) fn shown(&self) -> Vec<String> {
        match self {
            Self::Grant(access) => access.sql("grant", "to"),
            Self::Revoke(access) => access.sql("revoke", "from"),
            Self::OwnSchema { schema, to, .. } => {
                vec![format!("alter schema {schema} owner to {to}")]
            }
            Self::OwnDatabase { database, to, .. } => {
                vec![format!("alter database {database} owner to {to}")]
            }
            Self::CreateDatabase { database } => vec![format!("create database {database}")],
            Self::CreateSchema { schema, owner, .. } => {
                vec![format!("create schema {schema} authorization {owner}")]
            }
            Self::CreateExtension { .. } => self.extension(),
            _ => vec![self.role_sql()],
        }
    }

    fn role_sql(&self) -> String {
        match self {
            Self::CreateRole { role, attributes } => {
                format!("create role {role} {}", attributes.join(" "))
            }
            Self::AlterRole { role, attributes } => {
                format!("alter role {role} {}", attributes.join(" "))
            }
            Self::GrantRole {
                role,
                member,
                options,
                admin,
                grantor,
            } => {
                format!(
                    "grant {role} to {member}{}{}",
                    membership_options(*options, *admin),
                    granted_by(grantor.as_ref())
                )
            }
            Self::RevokeRole {
                role,
                member,
                admin_only,
                grantor,
            } => {
                let what = if *admin_only { "admin option for " } else { "" };
                format!(
                    "revoke {what}{role} from {member}{}",
                    granted_by(grantor.as_ref())
                )
            }
            Self::Password { role, .. } => {
                format!("alter role {role} password 'SCRAM-SHA-256$***'")
            }
            Self::Set {
                role,
                database,
                parameter,
                value,
            } => {
                let place = database
                    .as_ref()
                    .map_or_else(String::new, |name| format!(" in database {name}"));
                let parameter = parameter_sql(parameter);
                match value {
                    Some(value) => {
                        format!("alter role {role}{place} set {parameter} = {}", value.sql())
                    }
                    None => format!("alter role {role}{place} reset {parameter}"),
                }
            }
            _ => self.removal_sql(),
        }
    }

    fn removal_sql(&self) -> String {
        match self {
            Self::EndSession { pid, .. } => {
                format!("select pg_catalog.pg_terminate_backend({pid})")
            }
            Self::Reassign { from, to, .. } => format!("reassign owned by {from} to {to}"),
            Self::DropOwned { role, .. } => format!("drop owned by {role}"),
            Self::DropRole { role } => format!("drop role {role}"),
            _ => String::new(),
        }
    }

    /// As the database's owner: an extension belongs to whoever makes it, and nothing gives it to another role.
    fn extension(&self) -> Vec<String> {
        let Self::CreateExtension {
            name,
            schema,
            database_owner,
            trusted,
        } = self
        else {
            return Vec::new();
        };
        let Ok(name) = Ident::new(name.as_str()) else {
            return Vec::new();
        };
        let place = schema
            .as_ref()
            .map_or_else(String::new, |schema| format!(" schema {schema}"));
        let mut statements = vec![format!("create extension {name}{place}")];
        if schema.is_none() {
            // Where it does not say itself, it goes to the first schema of the path, which must not be `pg_catalog`.
            statements.insert(0, "set local search_path = public".to_owned());
            statements.push("set local search_path = pg_catalog".to_owned());
        }
        if *trusted {
            statements.insert(0, format!("set local role {database_owner}"));
            statements.push("reset role".to_owned());
        }
        statements
    }
}

impl Access {
    fn sql(&self, verb: &str, direction: &str) -> Vec<String> {
        let privileges = list(&self.privileges).to_lowercase();
        let grantee = &self.grantee;
        let cascade = if self.passed_on.is_empty() {
            ""
        } else {
            " cascade"
        };
        let statement = |prefix: &str, target: &str| {
            format!("{prefix}{verb} {privileges} on {target} {direction} {grantee}{cascade}")
        };
        match &self.target {
            Target::Database(name) => vec![statement("", &format!("database {name}"))],
            Target::Schema(name) => vec![statement("", &format!("schema {name}"))],
            Target::Later { schema, kind } => {
                let place = schema
                    .as_ref()
                    .map_or_else(String::new, |schema| format!("in schema {schema} "));
                let prefix = format!("alter default privileges for role {} {place}", self.owner);
                vec![statement(&prefix, kind.name())]
            }
            Target::Objects {
                schema,
                kind,
                names,
                ..
            } => names
                .chunks(NAMES_AT_ONCE)
                .map(|names| statement("", &objects(schema, *kind, names)))
                .collect(),
        }
    }
}

fn objects(schema: &Ident, kind: Kind, names: &[String]) -> String {
    let word = match kind {
        Kind::Table => "table",
        Kind::Sequence => "sequence",
        Kind::Routine | Kind::LargeObjectRoutine => "routine",
    };
    let quoted: Vec<String> = names
        .iter()
        .map(|name| format!("{schema}.{}", quoted(kind, name)))
        .collect();
    format!("{word} {}", quoted.join(", "))
}

/// Routines come from the server with their arguments, quoted.
fn quoted(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Routine | Kind::LargeObjectRoutine => name.to_owned(),
        Kind::Table | Kind::Sequence => {
            Ident::new(name).map_or_else(|_impossible| String::new(), |name| name.to_string())
        }
    }
}

fn membership_options(options: Option<(bool, bool)>, admin: bool) -> String {
    match options {
        Some((inherit, set_role)) => {
            format!(" with inherit {inherit}, set {set_role}, admin {admin}")
        }
        None if admin => " with admin option".to_owned(),
        None => String::new(),
    }
}

fn granted_by(grantor: Option<&Ident>) -> String {
    grantor.map_or_else(String::new, |grantor| format!(" granted by {grantor}"))
}

/// `work_mem`, or `my.setting`: each part of a name is quoted.
fn parameter_sql(name: &str) -> String {
    let part =
        |part: &str| Ident::new(part).map_or_else(|_empty| String::new(), |part| part.to_string());
    name.split('.').map(part).collect::<Vec<_>>().join(".")
}
