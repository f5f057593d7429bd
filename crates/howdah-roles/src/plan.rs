use std::fmt;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::Error;

/// The statements that lead from the state of the server to the wanted one, in order. Empty: nothing to do.
///
/// `Display` shows them one a line, passwords hidden.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    steps: Vec<Step>,
}

/// One statement.
#[derive(Clone)]
struct Step {
    sql: String,
    shown: String,
    /// `create database` cannot stand in a transaction (SQLSTATE 25001).
    transactional: bool,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many statements it has.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// The statements, passwords hidden.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.shown.as_str())
    }

    /// Carries the plan out: statements in a row in one transaction each, so that a run that is stopped half way
    /// leaves all or nothing of it, and the next plan finds the rest.
    ///
    /// # Errors
    /// [`Error::Statement`] with the statement that failed.
    pub async fn apply(&self, connection: &mut PgConnection) -> Result<(), Error> {
        for group in self
            .steps
            .chunk_by(|a, b| a.transactional && b.transactional)
        {
            match group {
                [single] if !single.transactional => run(connection, single).await?,
                steps => run_together(connection, steps).await?,
            }
        }
        Ok(())
    }

    pub(crate) fn push(&mut self, sql: impl Into<String>) {
        let sql = sql.into();
        self.push_step(sql.clone(), sql, true);
    }

    pub(crate) fn push_alone(&mut self, sql: impl Into<String>) {
        let sql = sql.into();
        self.push_step(sql.clone(), sql, false);
    }

    pub(crate) fn push_secret(&mut self, sql: String, shown: String) {
        self.push_step(sql, shown, true);
    }

    fn push_step(&mut self, sql: String, shown: String, transactional: bool) {
        self.steps.push(Step {
            sql,
            shown,
            transactional,
        });
    }
}

async fn run_together(connection: &mut PgConnection, steps: &[Step]) -> Result<(), Error> {
    let failed = |what: &str| {
        let statement = what.to_owned();
        move |source| Error::Statement { statement, source }
    };
    let mut transaction = connection.begin().await.map_err(failed("begin"))?;
    // The verifiers in `alter role ... password` are as good as passwords to whoever reads the server's log.
    let quiet = "set local log_statement = 'none'; \
                 set local log_min_duration_statement = -1; \
                 set local log_min_error_statement = 'panic'; \
                 set local lock_timeout = '5s'";
    transaction
        .execute(sqlx::raw_sql(quiet))
        .await
        .map_err(failed("set local log_statement"))?;
    for step in steps {
        run(&mut transaction, step).await?;
    }
    transaction.commit().await.map_err(failed("commit"))
}

async fn run(connection: &mut PgConnection, step: &Step) -> Result<(), Error> {
    tracing::debug!(statement = step.shown, "changing roles");
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(step.sql.as_str())))
        .await
        .map(drop)
        .map_err(|source| Error::Statement {
            statement: step.shown.clone(),
            source,
        })
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing to change\n");
        }
        self.statements()
            .try_for_each(|statement| writeln!(f, "{statement};"))
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_display_nor_debug_shows_a_secret_statement() {
        let mut plan = Plan::default();
        plan.push_secret(
            "alter role a password 'hunter2'".into(),
            "alter role a password '***'".into(),
        );
        assert_eq!(plan.to_string(), "alter role a password '***';\n");
        assert!(!format!("{plan:?}").contains("hunter2"));
    }
}
