mod acl;
mod cluster;
mod inside;
mod leaving;
mod read;

pub(crate) use acl::{Acl, Grant};
pub(crate) use cluster::{Database, Executor, Membership, Role, Setting};
#[cfg(test)]
pub(crate) use inside::Schema;
pub(crate) use inside::{DefaultKind, Extension, Inside, Kind, Objects, Report};
pub(crate) use leaving::{Dependency, Leaving};
pub(crate) use read::{Extent, Roles};

use std::collections::BTreeMap;

use howdah_ident::Ident;

/// What a server has, as one moment saw it: a value that a wanted state is compared with.
#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    pub(crate) executor: Executor,
    pub(crate) roles: BTreeMap<Ident, Role>,
    pub(crate) memberships: Vec<Membership>,
    pub(crate) settings: Vec<Setting>,
    /// The server's own parameters that a role can have set, and which of them only a superuser may set.
    pub(crate) parameters: BTreeMap<String, bool>,
    pub(crate) databases: BTreeMap<Ident, Database>,
    /// The stored passwords that the executor may read, of the roles that were asked for.
    pub(crate) verifiers: Verifiers,
    /// What hangs on the roles that are to go.
    pub(crate) leaving: Leaving,
    /// What the connected database holds.
    pub(crate) inside: Inside,
}

/// Stored passwords by role. They are as good as passwords, so that `Debug` shows only whose they are.
#[derive(Clone, Default)]
pub(crate) struct Verifiers(pub(crate) BTreeMap<Ident, String>);

impl Catalog {
    /// Memberships of `member`.
    pub(crate) fn memberships_of<'a>(
        &'a self,
        member: &'a Ident,
    ) -> impl Iterator<Item = &'a Membership> {
        self.memberships
            .iter()
            .filter(move |row| row.member == *member)
    }

    /// Whether somebody administers other roles: such a one keeps its way into the database in every mode.
    pub(crate) fn is_administrator(&self, role: &Ident) -> bool {
        self.roles
            .get(role)
            .is_some_and(|row| row.superuser || row.creates_roles)
    }
}

impl std::fmt::Debug for Verifiers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_verifier() {
        let stored = [("app".parse().unwrap(), "SCRAM-SHA-256$hunter2".to_owned())];
        let verifiers = Verifiers(stored.into());
        assert!(!format!("{verifiers:?}").contains("hunter2"));
    }
}
