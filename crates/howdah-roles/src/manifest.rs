mod access;
mod check;
mod database;
mod login;
mod role;

use std::collections::BTreeMap;

use howdah_ident::{Ident, RoleName};
use serde::{Deserialize, Serialize};

use crate::{Error, Problem, Wanted};

pub(crate) use access::{Detailed, Grants, Routines};
pub(crate) use database::{Database, Schema};
pub(crate) use role::{Membership, Password, Role, Written};

/// A wanted state as somebody writes it, for what goes beyond a [`Layout`](crate::Layout). Read with any of serde's formats.
///
/// ```
/// use howdah_roles::{Manifest, Wanted};
///
/// let text = r#"{
///   "roles": {
///     "billing_owner": {},
///     "billing_rw": {},
///     "billing": {
///       "login": true,
///       "connection_limit": 20,
///       "valid_until": "2030-01-01",
///       "member_of": { "billing_rw": { "set": false } },
///       "settings": { "statement_timeout": "30s" },
///       "settings_in": { "shop": { "search_path": ["billing", "pg_temp"] } }
///     }
///   },
///   "databases": {
///     "shop": {
///       "owner": "billing_owner",
///       "grants": { "billing_rw": ["connect"] },
///       "extensions": { "citext": "billing" },
///       "schemas": {
///         "billing": { "owner": "billing_owner", "access": { "billing_rw": "write" } }
///       }
///     }
///   }
/// }"#;
/// let manifest: Manifest = serde_json::from_str(text)?;
/// let wanted = Wanted::try_from(&manifest)?;
/// # let _ = wanted;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `access` is `read` (rows and sequences are read, functions called that cannot write), `write` (rows are written,
/// sequences used, every function called), or lists: `{ "schema": ["usage"], "tables": ["select"], "sequences": [],
/// "routines": "none" }`; `routines` is `none`, `safe` or `all`. It holds on what is there and on what the schema's owner
/// makes later.
///
/// A schema whose name ends in `*` stands for all that begin so. They are made by their owner when it pleases, and are
/// usable at once; that owner can own no other schema, because its default privileges hold in all of them.
///
/// `removed` names roles that are to be gone: `{ "old": { "successor": "billing_owner", "end_sessions": true } }`. Without a
/// successor they must own nothing; without `end_sessions` nobody may be logged in as them. A role with `login` has a password that the caller hands over, unless
/// `password` is `unmanaged`. `member_of` takes `inherit`, `set` and `admin`, of which the first two need PostgreSQL 16.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manifest {
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) databases: BTreeMap<String, Database>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) removed: BTreeMap<String, role::Removed>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) alone_on_server: bool,
}

/// Checks everything, and reports all problems with their places.
impl TryFrom<&Manifest> for Wanted {
    type Error = Error;

    fn try_from(manifest: &Manifest) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let wanted = Self {
            roles: role::all(&manifest.roles, &mut problems),
            memberships: role::memberships(&manifest.roles, &mut problems),
            databases: database::all(&manifest.databases, &mut problems),
            removed: role::removed(&manifest.removed, &mut problems),
            alone_on_server: manifest.alone_on_server,
        };
        check::all(&wanted, &mut problems);
        if problems.0.is_empty() {
            Ok(wanted)
        } else {
            Err(Error::Manifest {
                problems: problems.0,
            })
        }
    }
}

/// What is wrong, each with its place.
#[derive(Debug, Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, place: &str, what: impl std::fmt::Display) {
        self.0.push(Problem {
            place: place.to_owned(),
            message: what.to_string(),
        });
    }

    /// What is right of a result.
    fn keep<T>(&mut self, place: &str, result: Result<T, howdah_ident::Error>) -> Option<T> {
        result.map_err(|error| self.add(place, error)).ok()
    }

    fn role(&mut self, place: &str, name: &str) -> Option<Ident> {
        let role = RoleName::new(name).map(|name| name.ident().clone());
        self.keep(place, role)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn problems(text: &str, expected: &Expect) {
        let manifest: Manifest = serde_json::from_str(text).unwrap();
        let Err(Error::Manifest { problems }) = Wanted::try_from(&manifest) else {
            panic!("no problem is found");
        };
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn names_that_postgresql_does_not_take_are_refused() {
        let long = "x".repeat(64);
        let text = format!(
            r#"{{ "roles": {{ "{long}": {{}}, "": {{}}, "pg_x": {{}}, "public": {{}}, "none": {{}} }}, "databases": {{ "template1": {{ "owner": "o" }} }} }}"#
        );
        problems(
            &text,
            &expect![[r#"
            roles.: a name must not be empty
            roles.none: PostgreSQL reserves "none", it cannot name a role
            roles.pg_x: PostgreSQL reserves "pg_x", it cannot name a role
            roles.public: PostgreSQL reserves "public", it cannot name a role
            roles.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: a name must be at most 63 bytes long, this one has 64
            databases.template1: PostgreSQL reserves "template1", it cannot name a database"#]],
        );
    }

    #[test]
    fn values_that_mean_nothing_are_refused() {
        problems(
            r#"{ "roles": { "a": { "login": true, "connection_limit": -2, "valid_until": "tomorrow", "settings": { "": "x" } } } }"#,
            &expect![[r#"
                roles.a.connection_limit: -2 is no limit; -1 stands for none
                roles.a.valid_until: "tomorrow" is no moment such as 2030-01-31 or 2030-01-31T12:00:00Z
                roles.a.settings: "" is no parameter: letters in lower case, digits and _"#]],
        );
    }

    #[test]
    fn a_privilege_that_is_unknown_or_another_objects_is_refused() {
        problems(
            r#"{ "roles": { "o": {}, "g": {} }, "databases": { "d": { "owner": "o", "grants": { "g": ["select"] }, "schemas": {
                "s": { "owner": "o", "access": { "g": { "schema": ["insert"], "tables": ["selct"], "sequences": ["delete"] } } }
            } } } }"#,
            &expect![[r#"
                databases.d.grants.g: "select" is no privilege here; there are CONNECT, CREATE, TEMPORARY
                databases.d.schemas.s.access.g.schema: "insert" is no privilege here; there are CREATE, USAGE
                databases.d.schemas.s.access.g.tables: "selct" is no privilege here; there are SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN
                databases.d.schemas.s.access.g.sequences: "delete" is no privilege here; there are USAGE, SELECT, UPDATE"#]],
        );
    }

    #[test]
    fn an_owner_that_logs_in_and_a_reader_that_writes_are_refused() {
        problems(
            r#"{ "roles": { "o": { "login": true }, "rw": {}, "ro": { "member_of": { "rw": {} } } }, "databases": { "d": { "owner": "o", "schemas": {
                "s": { "owner": "o", "access": { "rw": "write", "ro": "read", "o": "read" } }
            } } } }"#,
            &expect![[r#"
                databases.d.owner: "o" can log in; an owner is what others become
                databases.d.schemas.s.owner: "o" can log in; an owner is what others become
                databases.d.schemas.s.access.o: it is the owner, which may do everything
                databases.d.schemas.s.access.ro: it only reads, and is a member of a role that writes"#]],
        );
    }

    #[test]
    fn members_of_themselves_strangers_and_the_removed_are_refused() {
        problems(
            r#"{ "roles": { "a": { "member_of": { "b": {} } }, "b": { "member_of": { "c": {} } }, "c": { "member_of": { "a": {}, "x": {} } } },
                "databases": { "d": { "owner": "y", "schemas": { "s": { "owner": "z", "access": { "w": "read" } } } } }, "removed": { "a": {} } }"#,
            &expect![[r#"
                removed.a: it is declared, too
                roles.c.member_of.a: a role cannot be a member of itself, by way of others either
                roles.a.member_of.b: a role cannot be a member of itself, by way of others either
                roles.b.member_of.c: a role cannot be a member of itself, by way of others either
                roles.c.member_of.x: there is no role "x" below roles
                databases.d.owner: there is no role "y" below roles
                databases.d.schemas.s.owner: there is no role "z" below roles
                databases.d.schemas.s.access.w: there is no role "w" below roles"#]],
        );
    }

    #[test]
    fn an_owner_of_patterns_owns_nothing_else() {
        problems(
            r#"{ "roles": { "o": {}, "g": {} }, "databases": { "d": { "owner": "o", "schemas": {
                "app": { "owner": "o" }, "tenant_*": { "owner": "o", "access": { "g": "read" } }, "*": { "owner": "o" }, "a*b": { "owner": "o" }
            } } } }"#,
            &expect![[r#"
                databases.d.schemas.*: a * stands at the end of a name, behind at least one letter
                databases.d.schemas.a*b: a * stands at the end of a name, behind at least one letter
                databases.d.schemas.tenant_*: its owner "o" owns app too, where the default privileges of this pattern would hold; give it an owner of its own"#]],
        );
    }

    #[test]
    fn unknown_keys_are_refused() {
        let error = serde_json::from_str::<Manifest>(r#"{ "roles": { "a": { "loginn": true } } }"#);
        assert!(error.unwrap_err().to_string().contains("loginn"));
    }
}
