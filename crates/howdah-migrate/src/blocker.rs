use std::fmt;
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use crate::Migration;
use crate::advisory_lock::Key;
use crate::ledger::literal;
use crate::lexer::{Kind, Lexer};
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
    /// What it does: "idle in transaction", or "runs" and the first words of its statement, which come before any
    /// literal; `None` if this role may not see it.
    pub activity: Option<String>,
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
            activity: activity(column(row, "state")?, column(row, "query")?),
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
        if let Some(activity) = &self.activity {
            write!(f, ", {activity}")?;
        }
        if let Some(holds) = &self.holds {
            write!(f, ", holds {holds}")?;
        }
        Ok(())
    }
}

/// The query of a session that does nothing is the one that it did last.
fn activity(state: Option<String>, query: Option<String>) -> Option<String> {
    let state = state?;
    let words = query.map(|query| first_words(&query)).unwrap_or_default();
    if state == "active" && !words.is_empty() {
        return Some(format!("runs {words}"));
    }
    Some(state)
}

/// A statement may hold a secret, and the words that say what it is do not.
fn first_words(sql: &str) -> String {
    let words: Vec<&str> = Lexer::new(sql)
        .filter(|token| token.kind != Kind::Comment)
        .take_while(|token| token.kind == Kind::Word)
        .take(4)
        .filter_map(|token| sql.get(token.start..token.end))
        .collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_named_by_its_first_words_alone() {
        let words = first_words("-- x\nCREATE ROLE app password 'hunter2' login");
        assert_eq!(words, "create role app password");
        assert_eq!(first_words("select pg_sleep(10)"), "select pg_sleep");
        assert_eq!(first_words("'x'"), "");
    }

    #[test]
    fn who_does_nothing_is_said_to_do_nothing() {
        let said = |state: &str| activity(Some(state.to_owned()), Some("select 1".to_owned()));
        assert_eq!(said("active").as_deref(), Some("runs select"));
        assert_eq!(
            said("idle in transaction").as_deref(),
            Some("idle in transaction")
        );
        assert_eq!(activity(None, None), None);
    }
}
