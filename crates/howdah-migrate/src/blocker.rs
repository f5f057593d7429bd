use std::fmt;
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use crate::Migration;
use crate::advisory_lock::Key;
use crate::ledger::literal;
use crate::simple_query::{column, rows};
use crate::split::Statement;
use howdah_ident::SchemaName;

/// A session that holds a lock somebody else waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocker {
    /// Its process on the server.
    pub pid: i32,
    /// Its `application_name`; `None` if this role may not see it.
    pub application_name: Option<String>,
    /// How long its transaction, or else its connection, has been open; `None` if this role may not see it.
    pub age: Option<Duration>,
    /// The table and the lock it holds on it; `None` for the migration lock.
    pub holds: Option<String>,
}

impl Blocker {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let age: Option<i64> = column(row, "age")?;
        Ok(Self {
            pid: column(row, "pid")?,
            application_name: column(row, "application_name")?,
            age: age
                .and_then(|age| u64::try_from(age).ok())
                .map(Duration::from_secs),
            holds: column(row, "holds")?,
        })
    }

    /// Who holds this half of the migration lock.
    pub(crate) async fn of_lock(
        conn: &mut PgConnection,
        key: Key,
    ) -> Result<Option<Self>, sqlx::Error> {
        let sql = include_str!("../sql/lock_holder.sql")
            .replace("{classid}", &key.class_id().to_string())
            .replace("{objid}", &key.object_id().to_string());
        let found = rows(conn, sql).await?;
        found.first().map(Self::from_row).transpose()
    }

    /// Who holds locks on the tables that a migration names.
    pub(crate) async fn of_migration(
        conn: &mut PgConnection,
        schema: &SchemaName,
        migration: &Migration,
    ) -> Result<Vec<Self>, sqlx::Error> {
        let statements = migration.statements();
        let names: Vec<String> = statements
            .iter()
            .flat_map(Statement::names)
            .map(|name| literal(&name))
            .collect();
        let schema = literal(schema.as_str());
        let sql = include_str!("../sql/blockers.sql")
            .replace("{schema}", &schema)
            .replace("{names}", &names.join(", "));
        rows(conn, sql).await?.iter().map(Self::from_row).collect()
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {}", self.pid)?;
        if let Some(name) = self
            .application_name
            .as_deref()
            .filter(|name| !name.is_empty())
        {
            write!(f, " ({name})")?;
        }
        if let Some(age) = self.age {
            write!(f, ", open for {age:?}")?;
        }
        if let Some(holds) = &self.holds {
            write!(f, ", holds {holds}")?;
        }
        Ok(())
    }
}
