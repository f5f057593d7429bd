use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgStatement, Postgres};
use sqlx::{Execute, SqlStr};

use crate::effect::is_contained;

/// A query of the caller, taken apart to see its text, and whole again for the driver.
pub(crate) struct Statement {
    sql: SqlStr,
    arguments: Option<Result<Option<PgArguments>, BoxDynError>>,
    prepared: Option<PgStatement>,
    persistent: bool,
}

impl Statement {
    pub(crate) fn of<'q>(mut query: impl Execute<'q, Postgres>) -> Self {
        let arguments = Some(query.take_arguments());
        let prepared = query.statement().cloned();
        let persistent = query.persistent();
        Self {
            sql: query.sql(),
            arguments,
            prepared,
            persistent,
        }
    }

    /// Whether the session is the same before and after.
    pub(crate) fn is_contained(&self) -> bool {
        is_contained(self.sql.as_str())
    }
}

impl Execute<'_, Postgres> for Statement {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&PgStatement> {
        self.prepared.as_ref()
    }

    fn take_arguments(&mut self) -> Result<Option<PgArguments>, BoxDynError> {
        self.arguments.take().unwrap_or(Ok(None))
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}
