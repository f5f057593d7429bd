mod sentence;
mod sql;

use std::collections::BTreeSet;

use howdah_ident::Ident;

use crate::catalog::{DefaultKind, Kind};
use crate::parameter::Value;
use crate::privilege::{Grantee, Privileges};

/// One step from what is there to what is wanted. It does not know the server's version: what that changes, whoever
/// compares has decided already.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Change {
    CreateRole {
        role: Ident,
        attributes: Vec<String>,
    },
    AlterRole {
        role: Ident,
        attributes: Vec<String>,
    },
    GrantRole {
        role: Ident,
        member: Ident,
        /// `inherit` and `set`, where the server knows them.
        options: Option<(bool, bool)>,
        admin: bool,
        /// Whose grant is altered, where it is not the executor's.
        grantor: Option<Ident>,
    },
    RevokeRole {
        role: Ident,
        member: Ident,
        admin_only: bool,
        grantor: Option<Ident>,
    },
    Password {
        role: Ident,
        /// As the server stores it.
        verifier: String,
    },
    Set {
        role: Ident,
        database: Option<Ident>,
        parameter: String,
        /// None: back to the default.
        value: Option<Value>,
    },
    CreateDatabase {
        database: Ident,
    },
    OwnDatabase {
        database: Ident,
        from: Ident,
        to: Ident,
    },
    CreateSchema {
        schema: Ident,
        owner: Ident,
        /// Who may make schemas.
        database_owner: Ident,
    },
    OwnSchema {
        schema: Ident,
        from: Ident,
        to: Ident,
    },
    /// It cannot log in, but it may still be there.
    EndSession {
        role: Ident,
        pid: i32,
        application: String,
    },
    Reassign {
        from: Ident,
        to: Ident,
        count: i64,
    },
    /// After everything was reassigned, these are privileges only.
    DropOwned {
        role: Ident,
        /// Whose objects they are on, who have to agree.
        owners: Vec<Ident>,
    },
    DropRole {
        role: Ident,
    },
    CreateExtension {
        name: String,
        schema: Option<Ident>,
        database_owner: Ident,
        trusted: bool,
    },
    Grant(Access),
    Revoke(Access),
}

/// When a change is made, seen from the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Before,
    Within,
    After,
}

/// Privileges on something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) target: Target,
    pub(crate) grantee: Grantee,
    pub(crate) privileges: Privileges,
    /// Who owns the target, and so grants.
    pub(crate) owner: Ident,
    /// Who has it from the grantee, who may hand it on: what is taken from one is taken from the others.
    pub(crate) passed_on: BTreeSet<Ident>,
}

/// What privileges are granted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Database(Ident),
    Schema(Ident),
    Objects {
        schema: Ident,
        kind: Kind,
        names: Vec<String>,
        /// These are all of their kind in the schema.
        all: bool,
    },
    /// What the owner will make.
    Later {
        schema: Option<Ident>,
        kind: DefaultKind,
    },
}

impl Change {
    /// It closes what a fresh server leaves open. Where the executor cannot, the rest is done all the same.
    pub(crate) fn is_hardening(&self) -> bool {
        matches!(
            self,
            Self::Revoke(Access {
                grantee: Grantee::Public,
                ..
            })
        )
    }

    /// `create database` cannot stand in a transaction (SQLSTATE 25001), and sessions are ended when nobody can log in
    /// any more, which is after the commit.
    pub(crate) fn phase(&self) -> Phase {
        match self {
            Self::CreateDatabase { .. } => Phase::Before,
            Self::EndSession { .. } => Phase::After,
            _ => Phase::Within,
        }
    }

    /// The roles whose privileges the executor needs, because they own what is changed, or granted it.
    pub(crate) fn owners(&self) -> Vec<&Ident> {
        match self {
            Self::OwnDatabase { from, to, .. }
            | Self::OwnSchema { from, to, .. }
            | Self::Reassign { from, to, .. } => vec![from, to],
            Self::CreateSchema {
                owner,
                database_owner,
                ..
            } => vec![owner, database_owner],
            Self::CreateExtension { database_owner, .. } => vec![database_owner],
            Self::DropOwned { role, owners } => owners.iter().chain([role]).collect(),
            Self::EndSession { role, .. } => vec![role],
            Self::Grant(access) | Self::Revoke(access) => vec![&access.owner],
            Self::GrantRole { grantor, .. } | Self::RevokeRole { grantor, .. } => {
                grantor.iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The role that is changed itself, and so has to be administered.
    pub(crate) fn role(&self) -> Option<&Ident> {
        match self {
            Self::AlterRole { role, .. }
            | Self::GrantRole { role, .. }
            | Self::RevokeRole { role, .. }
            | Self::Password { role, .. }
            | Self::Set { role, .. }
            | Self::DropRole { role } => Some(role),
            _ => None,
        }
    }
}

/// The sentence: a verifier is as good as a password.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence())
    }
}
