use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use howdah_ident::Ident;

/// What can be granted on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Privilege {
    Connect,
    Create,
    Temporary,
    Usage,
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    References,
    Trigger,
    Maintain,
    Execute,
}

/// Who holds a privilege.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grantee {
    Public,
    Role(Ident),
}

/// Several privileges.
pub(crate) type Privileges = BTreeSet<Privilege>;

/// Who holds which privileges.
pub(crate) type Holders = BTreeMap<Grantee, Privileges>;

/// Every privilege, with its name in SQL.
const NAMES: [(Privilege, &str); 13] = [
    (Privilege::Connect, "CONNECT"),
    (Privilege::Create, "CREATE"),
    (Privilege::Temporary, "TEMPORARY"),
    (Privilege::Usage, "USAGE"),
    (Privilege::Select, "SELECT"),
    (Privilege::Insert, "INSERT"),
    (Privilege::Update, "UPDATE"),
    (Privilege::Delete, "DELETE"),
    (Privilege::Truncate, "TRUNCATE"),
    (Privilege::References, "REFERENCES"),
    (Privilege::Trigger, "TRIGGER"),
    (Privilege::Maintain, "MAINTAIN"),
    (Privilege::Execute, "EXECUTE"),
];

impl Privilege {
    /// Reads the name, in upper or lower case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(name))
            .map(|(privilege, _)| *privilege)
    }

    /// The name, in upper case.
    pub(crate) fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(privilege, _)| *privilege == self)
            .map_or("", |(_, name)| name)
    }
}

/// The names in a row, as they stand in a `grant`.
pub(crate) fn list(privileges: &Privileges) -> String {
    let names: Vec<&str> = privileges.iter().map(|one| one.name()).collect();
    names.join(", ")
}

impl Grantee {
    pub(crate) fn role(&self) -> Option<&Ident> {
        match self {
            Self::Public => None,
            Self::Role(role) => Some(role),
        }
    }

    /// The name as people read it, without quotes.
    pub(crate) fn plain(&self) -> &str {
        self.role().map_or("PUBLIC", Ident::as_str)
    }
}

/// As it stands in a `grant`.
impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::Role(role) => role.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_privilege_is_read_by_its_own_name() {
        for (privilege, name) in NAMES {
            assert_eq!(Privilege::parse(&name.to_lowercase()), Some(privilege));
            assert_eq!(privilege.name(), name);
        }
        assert_eq!(Privilege::parse("SELCT"), None);
    }
}
