use howdah_ident::Ident;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::Acl;
use super::read::{ident, optional_ident};

/// Memberships have `inherit` and `set` options of their own since this version.
const MEMBERSHIP_OPTIONS: i32 = 160_000;

/// Who is connected, where, and to which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Executor {
    pub(crate) name: Ident,
    pub(crate) database: Ident,
    /// As in `server_version_num`.
    pub(crate) version: i32,
    /// The server's clock, in seconds since 1970.
    pub(crate) now: i64,
    pub(crate) reads_verifiers: bool,
    /// Passwords are only for the members of a role to set, and it is none.
    pub(crate) restricts_passwords: bool,
    /// The server takes no password that was hashed before it was sent.
    pub(crate) refuses_verifiers: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "the columns of pg_roles")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) superuser: bool,
    pub(crate) creates_roles: bool,
    pub(crate) creates_databases: bool,
    pub(crate) replication: bool,
    pub(crate) bypass_rls: bool,
    pub(crate) login: bool,
    pub(crate) inherit: bool,
    /// -1: without.
    pub(crate) connection_limit: i32,
    /// Seconds since 1970.
    pub(crate) valid_until: Option<i64>,
    /// The executor has its privileges without `set role`.
    pub(crate) usable: bool,
    /// The executor may alter it and grant it.
    pub(crate) administered: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) role: Ident,
    pub(crate) member: Ident,
    pub(crate) grantor: Ident,
    pub(crate) admin: bool,
    /// Since PostgreSQL 16.
    pub(crate) inherit: Option<bool>,
    /// Since PostgreSQL 16.
    pub(crate) set_role: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) role: Ident,
    pub(crate) database: Option<Ident>,
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Database {
    pub(crate) owner: Ident,
    pub(crate) acl: Acl,
}

impl Executor {
    pub(crate) fn major(&self) -> i32 {
        self.version / 10_000
    }

    /// Whether a membership carries `inherit` and `set`.
    pub(crate) fn membership_options(&self) -> bool {
        self.version >= MEMBERSHIP_OPTIONS
    }
}

impl FromRow<'_, PgRow> for Executor {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            name: ident(row, "executor")?,
            database: ident(row, "database")?,
            version: row.try_get("version")?,
            now: row.try_get("now")?,
            reads_verifiers: row.try_get("reads_verifiers")?,
            restricts_passwords: row.try_get("restricts_passwords")?,
            refuses_verifiers: row.try_get("refuses_verifiers")?,
        })
    }
}

impl FromRow<'_, PgRow> for Role {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            superuser: row.try_get("superuser")?,
            creates_roles: row.try_get("creates_roles")?,
            creates_databases: row.try_get("creates_databases")?,
            replication: row.try_get("replication")?,
            bypass_rls: row.try_get("bypass_rls")?,
            login: row.try_get("login")?,
            inherit: row.try_get("inherit")?,
            connection_limit: row.try_get("connection_limit")?,
            valid_until: row.try_get("valid_until")?,
            usable: row.try_get("usable")?,
            administered: row.try_get("administered")?,
        })
    }
}

impl FromRow<'_, PgRow> for Membership {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            role: ident(row, "role")?,
            member: ident(row, "member")?,
            grantor: ident(row, "grantor")?,
            admin: row.try_get("admin")?,
            inherit: row.try_get("inherit")?,
            set_role: row.try_get("set_role")?,
        })
    }
}

impl FromRow<'_, PgRow> for Setting {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            role: ident(row, "role")?,
            database: optional_ident(row, "database")?,
            name: row.try_get("name")?,
            value: row.try_get("value")?,
        })
    }
}

impl FromRow<'_, PgRow> for Database {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            owner: ident(row, "owner")?,
            acl: Acl::from_row(row)?,
        })
    }
}
