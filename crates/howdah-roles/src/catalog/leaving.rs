use howdah_ident::Ident;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::read::{decode, ident, optional_ident};

/// What hangs on the roles that are to go, and who is logged in as one that is not to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leaving {
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) sessions: Vec<Session>,
}

/// Objects that a role owns, or holds privileges on, in one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) role: Ident,
    /// None: what all databases share, such as the databases themselves.
    pub(crate) database: Option<Ident>,
    pub(crate) owned: bool,
    pub(crate) count: i64,
    /// Some of them, where the connected database can tell.
    pub(crate) objects: Vec<String>,
    /// Of privileges in the connected database: whose objects they are on.
    pub(crate) owners: Vec<Ident>,
}

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) role: Ident,
    pub(crate) pid: i32,
    pub(crate) database: String,
    pub(crate) application: String,
}

impl FromRow<'_, PgRow> for Dependency {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let objects: Option<Vec<String>> = row.try_get("objects")?;
        let owners: Option<Vec<String>> = row.try_get("owners")?;
        Ok(Self {
            role: ident(row, "role")?,
            database: optional_ident(row, "database")?,
            owned: row.try_get("owned")?,
            count: row.try_get("count")?,
            objects: objects.unwrap_or_default(),
            owners: owners
                .unwrap_or_default()
                .into_iter()
                .map(Ident::new)
                .collect::<Result<_, _>>()
                .map_err(decode)?,
        })
    }
}

impl FromRow<'_, PgRow> for Session {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            role: ident(row, "role")?,
            pid: row.try_get("pid")?,
            database: row.try_get("database")?,
            application: row.try_get("application")?,
        })
    }
}
