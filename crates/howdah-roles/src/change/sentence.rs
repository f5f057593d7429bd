use howdah_ident::Ident;

use super::{Access, Change, Target};
use crate::catalog::Kind;
use crate::privilege::list;

/// Names in one line of a plan; the others are counted.
const NAMES_IN_A_LINE: usize = 3;

impl Change {
    /// One line of a plan: `+` for what is added, `-` for what is taken away, `~` for what is changed.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::CreateRole { role, attributes } => {
                format!("+ role {}: {}", role.as_str(), attributes.join(", "))
            }
            Self::AlterRole { role, attributes } => {
                format!("~ role {}: {}", role.as_str(), attributes.join(", "))
            }
            Self::GrantRole { .. } | Self::RevokeRole { .. } => self.membership(),
            Self::Password { role, .. } => format!("~ role {}: new password", role.as_str()),
            Self::Set { .. } => self.setting(),
            Self::CreateDatabase { database } => format!("+ database {}", database.as_str()),
            Self::OwnDatabase { database, from, to } => {
                format!(
                    "~ database {}: owner {} instead of {}",
                    database.as_str(),
                    to.as_str(),
                    from.as_str()
                )
            }
            Self::CreateSchema { schema, owner, .. } => {
                format!("+ schema {}, owner {}", schema.as_str(), owner.as_str())
            }
            Self::OwnSchema { schema, from, to } => {
                format!(
                    "~ schema {}: owner {} instead of {}",
                    schema.as_str(),
                    to.as_str(),
                    from.as_str()
                )
            }
            Self::CreateExtension { name, schema, .. } => {
                let place = schema.as_ref().map_or_else(String::new, |schema| {
                    format!(" in schema {}", schema.as_str())
                });
                format!("+ extension {name}{place}")
            }
            Self::EndSession {
                role,
                pid,
                application,
            } => {
                format!("- session {pid} ({application:?}) of {}", role.as_str())
            }
            Self::Reassign { from, to, count } => {
                format!(
                    "~ {count} object(s) of {} go to {}",
                    from.as_str(),
                    to.as_str()
                )
            }
            Self::DropOwned { role, .. } => format!("- every privilege of {} here", role.as_str()),
            Self::DropRole { role } => format!("- role {}", role.as_str()),
            Self::Grant(access) => format!("+ {}", access.sentence()),
            Self::Revoke(access) => format!("- {}{}", access.sentence(), access.and_others()),
        }
    }

    fn membership(&self) -> String {
        match self {
            Self::GrantRole {
                role,
                member,
                options,
                admin,
                ..
            } => {
                let with = match (options, admin) {
                    (Some((inherit, set_role)), admin) => {
                        let given = [(*inherit, "INHERIT"), (*set_role, "SET"), (*admin, "ADMIN")];
                        let given: Vec<&str> = given
                            .iter()
                            .filter_map(|(on, name)| on.then_some(*name))
                            .collect();
                        format!(" ({})", given.join(", "))
                    }
                    (None, true) => " (ADMIN)".to_owned(),
                    (None, false) => String::new(),
                };
                format!(
                    "+ {} is a member of {}{with}",
                    member.as_str(),
                    role.as_str()
                )
            }
            Self::RevokeRole {
                role,
                member,
                admin_only,
                ..
            } => {
                let verb = if *admin_only {
                    "may hand on the membership in"
                } else {
                    "is a member of"
                };
                format!("- {} {verb} {}", member.as_str(), role.as_str())
            }
            _ => String::new(),
        }
    }

    fn setting(&self) -> String {
        let Self::Set {
            role,
            database,
            parameter,
            value,
        } = self
        else {
            return String::new();
        };
        let place = database.as_ref().map_or_else(String::new, |name| {
            format!(" in database {}", name.as_str())
        });
        match value {
            Some(value) => format!(
                "~ role {}{place}: {parameter} = {}",
                role.as_str(),
                value.plain()
            ),
            None => format!("- role {}{place}: {parameter}", role.as_str()),
        }
    }
}

impl Access {
    /// Whom it is taken from, too.
    fn and_others(&self) -> String {
        let names: Vec<&str> = self.passed_on.iter().map(Ident::as_str).collect();
        if names.is_empty() {
            return String::new();
        }
        format!(
            ", and so may whoever has it from there: {}",
            names.join(", ")
        )
    }

    /// Without the sign: who may do what.
    pub(crate) fn sentence(&self) -> String {
        let may = format!("{} may {}", self.grantee.plain(), list(&self.privileges));
        match &self.target {
            Target::Database(name) => format!("{may} on database {}", name.as_str()),
            Target::Schema(name) => format!("{may} on schema {}", name.as_str()),
            Target::Objects {
                schema,
                kind,
                names,
                all,
            } => format!("{may} on {}", objects(schema.as_str(), *kind, names, *all)),
            Target::Later {
                schema: Some(schema),
                kind,
            } => {
                format!(
                    "{may} on later {} of {} in {}",
                    kind.name(),
                    self.owner.as_str(),
                    schema.as_str()
                )
            }
            Target::Later { schema: None, kind } => {
                format!("{may} on later {} of {}", kind.name(), self.owner.as_str())
            }
        }
    }
}

fn objects(schema: &str, kind: Kind, names: &[String], all: bool) -> String {
    let word = match kind {
        Kind::Table => "table",
        Kind::Sequence => "sequence",
        Kind::Routine => "routine",
        Kind::LargeObjectRoutine => "large-object routine",
    };
    let plural = if names.len() == 1 { "" } else { "s" };
    if all && names.len() > 1 {
        return format!("{schema}.* ({} {word}{plural})", names.len());
    }
    let shown: Vec<String> = names
        .iter()
        .take(NAMES_IN_A_LINE)
        .map(|name| format!("{schema}.{name}"))
        .collect();
    let rest = names.len().saturating_sub(NAMES_IN_A_LINE);
    let more = if rest == 0 {
        String::new()
    } else {
        format!(" and {rest} more")
    };
    format!("{word}{plural} {}{more}", shown.join(", "))
}
