mod access;
mod database;
mod preset;

pub(crate) use access::{Access, Routines};
pub(crate) use database::{Schema, SchemaName};

use std::collections::BTreeMap;

use howdah_ident::{Ident, RoleName};

use crate::parameter::Value;
use crate::timestamp::Timestamp;

/// The wanted state of a server: who is there, who is a member of whom, and what each may do in which database.
///
/// Made from a [`Layout`](crate::Layout), or from a [`Manifest`](crate::Manifest) for everything beyond it. Checked: each
/// name is one that PostgreSQL takes, and nothing contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    pub(crate) roles: BTreeMap<Ident, Role>,
    /// By role and member.
    pub(crate) memberships: BTreeMap<(Ident, Ident), Membership>,
    pub(crate) databases: BTreeMap<Ident, Database>,
    /// Roles that are to be gone.
    pub(crate) removed: BTreeMap<Ident, Removed>,
    /// PUBLIC loses its rights on the databases that every server has.
    pub(crate) alone_on_server: bool,
}

/// One role. What is not here, such as SUPERUSER, a declared role never has.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the options of `create role`"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) login: bool,
    /// `howdah roles rotate` says when it logs in, and sees to its password.
    pub(crate) takes_turns: bool,
    pub(crate) inherit: bool,
    pub(crate) creates_databases: bool,
    pub(crate) creates_roles: bool,
    pub(crate) replication: bool,
    pub(crate) bypass_rls: bool,
    /// -1: without.
    pub(crate) connection_limit: i32,
    pub(crate) valid_until: Option<Timestamp>,
    /// Whoever makes it has to hand over a password.
    pub(crate) needs_password: bool,
    /// By database (none: in all of them) and parameter.
    pub(crate) settings: BTreeMap<(Option<Ident>, String), Value>,
}

/// What becomes of a role that is to go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    /// Who gets what it owns. None: it must own nothing.
    pub(crate) successor: Option<Ident>,
    /// Its sessions are ended.
    pub(crate) end_sessions: bool,
}

/// What a membership gives.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the options of `grant ... to ... with`"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) admin: bool,
    pub(crate) inherit: bool,
    pub(crate) set_role: bool,
    /// A server that does not know the options (before 16) is an error; otherwise they are left out there.
    pub(crate) strict: bool,
}

/// One database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Database {
    pub(crate) owner: Ident,
    pub(crate) access: crate::privilege::Holders,
    pub(crate) schemas: Vec<Schema>,
    /// By name, with the schema that they are made in.
    pub(crate) extensions: BTreeMap<String, Option<Ident>>,
}

impl Wanted {
    /// Nothing but that a role is gone. What it owns goes to the successor; without one it must own nothing. Its sessions
    /// are ended, or in the way.
    pub fn removal(role: &RoleName, successor: Option<&RoleName>, end_sessions: bool) -> Self {
        let removed = Removed {
            successor: successor.map(|name| name.ident().clone()),
            end_sessions,
        };
        Self {
            removed: [(role.ident().clone(), removed)].into(),
            ..Self::default()
        }
    }

    /// The roles of a manifest that log in with a password that the caller hands over.
    pub fn logins(&self) -> impl Iterator<Item = RoleName> {
        let logins = self.roles.iter().filter(|(_, role)| role.needs_password);
        logins.filter_map(|(name, _)| RoleName::new(name.as_str()).ok())
    }
}

impl Role {
    /// Neither logs in nor may do anything by itself.
    pub(crate) fn group() -> Self {
        Self {
            login: false,
            takes_turns: false,
            inherit: true,
            creates_databases: false,
            creates_roles: false,
            replication: false,
            bypass_rls: false,
            connection_limit: -1,
            valid_until: None,
            needs_password: false,
            settings: BTreeMap::new(),
        }
    }

    pub(crate) fn login() -> Self {
        Self {
            login: true,
            ..Self::group()
        }
    }
}

impl Database {
    pub(crate) fn new(owner: Ident) -> Self {
        Self {
            owner,
            access: BTreeMap::new(),
            schemas: Vec::new(),
            extensions: BTreeMap::new(),
        }
    }

    /// The entry that governs a schema: its own, or the longest pattern that it matches.
    pub(crate) fn schema(&self, name: &Ident) -> Option<&Schema> {
        self.schemas
            .iter()
            .filter(|schema| schema.name.matches(name))
            .max_by_key(|schema| schema.name.weight())
    }
}
