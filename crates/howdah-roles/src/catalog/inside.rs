use std::collections::BTreeMap;

use howdah_ident::Ident;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::Acl;
use super::read::{ident, optional_ident};

/// What one database holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inside {
    pub(crate) schemas: BTreeMap<Ident, Schema>,
    pub(crate) objects: Vec<Objects>,
    /// Default privileges by the role that makes the objects, the schema (none: everywhere) and the kind.
    pub(crate) defaults: BTreeMap<(Ident, Option<Ident>, DefaultKind), Acl>,
    /// Those that are installed or could be.
    pub(crate) extensions: BTreeMap<String, Extension>,
    pub(crate) reports: Vec<Report>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) owner: Ident,
    pub(crate) acl: Acl,
}

/// All objects of one kind in a schema that have one owner and the same privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Objects {
    pub(crate) schema: Ident,
    pub(crate) kind: Kind,
    /// Of routines: a role that only reads may call them.
    pub(crate) safe: bool,
    pub(crate) owner: Ident,
    /// Of routines with their arguments, and quoted.
    pub(crate) names: Vec<String>,
    pub(crate) acl: Acl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Views and what else has columns, too.
    Table,
    Sequence,
    /// Functions and procedures.
    Routine,
    /// Functions of the server that write large objects.
    LargeObjectRoutine,
}

/// What default privileges are set for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DefaultKind {
    Schemas,
    Tables,
    Sequences,
    Functions,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extension {
    /// Where it is installed.
    pub(crate) schema: Option<Ident>,
    /// It needs no superuser.
    pub(crate) trusted: bool,
}

/// Something that is reported and not managed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) kind: String,
    pub(crate) object: String,
    pub(crate) detail: Option<String>,
    pub(crate) grantee: Option<String>,
    pub(crate) privilege: Option<String>,
    pub(crate) schema: Option<String>,
}

impl Kind {
    fn from_catalog(kind: &str) -> Self {
        match kind {
            "sequence" => Self::Sequence,
            "routine" => Self::Routine,
            "large object routine" => Self::LargeObjectRoutine,
            _ => Self::Table,
        }
    }
}

impl DefaultKind {
    /// From `pg_default_acl.defaclobjtype`. Types and large objects are not managed.
    pub(crate) fn from_catalog(kind: &str) -> Option<Self> {
        Some(match kind {
            "n" => Self::Schemas,
            "r" => Self::Tables,
            "S" => Self::Sequences,
            "f" => Self::Functions,
            _ => return None,
        })
    }

    /// As it stands in `alter default privileges`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Schemas => "schemas",
            Self::Tables => "tables",
            Self::Sequences => "sequences",
            Self::Functions => "functions",
        }
    }
}

impl FromRow<'_, PgRow> for Schema {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            owner: ident(row, "owner")?,
            acl: Acl::from_row(row)?,
        })
    }
}

impl FromRow<'_, PgRow> for Objects {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let mut names: Vec<String> = row.try_get("names")?;
        // In SQL an ordered aggregate could not be hashed, and privileges cannot be sorted.
        names.sort_unstable();
        Ok(Self {
            schema: ident(row, "schema")?,
            kind: Kind::from_catalog(row.try_get("kind")?),
            safe: row.try_get("safe")?,
            owner: ident(row, "owner")?,
            names,
            acl: Acl::from_row(row)?,
        })
    }
}

impl FromRow<'_, PgRow> for Extension {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            schema: optional_ident(row, "schema")?,
            trusted: row.try_get("trusted")?,
        })
    }
}

impl FromRow<'_, PgRow> for Report {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            kind: row.try_get("kind")?,
            object: row.try_get("object")?,
            detail: row.try_get("detail")?,
            grantee: row.try_get("grantee")?,
            privilege: row.try_get("privilege")?,
            schema: row.try_get("schema")?,
        })
    }
}
