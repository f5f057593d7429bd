use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use crate::Error;
use crate::simple_query::{script, speak_utf8};

/// Statements that go to the server together, in one round trip; an error is that of the statement it belongs to.
#[derive(Debug, Default)]
pub(crate) struct Message {
    statements: Vec<(String, String)>,
}

impl Message {
    /// One statement, and what it is for.
    pub(crate) fn and(mut self, doing: impl Into<String>, sql: impl Into<String>) -> Self {
        self.statements.push((doing.into(), sql.into()));
        self
    }

    /// As [`Message::and`], if there is one.
    pub(crate) fn and_maybe(self, doing: impl Into<String>, sql: Option<String>) -> Self {
        match sql {
            Some(sql) => self.and(doing, sql),
            None => self,
        }
    }

    /// And all of these.
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.statements.extend(other.statements);
        self
    }

    /// As a script, each statement with its end.
    pub(crate) fn render(&self) -> String {
        let statements = self.statements.iter();
        statements.flat_map(|(_, sql)| [sql, ";\n"]).collect()
    }

    /// Outside a transaction, all of them or none has an effect.
    pub(crate) async fn send(self, conn: &mut PgConnection) -> Result<(), Error> {
        let sent = self.try_send(conn).await;
        sent.map(drop)
            .map_err(|(doing, error)| Error::doing(doing)(error))
    }

    /// The same, where the last one is a query that gives one boolean.
    pub(crate) async fn ask(self, conn: &mut PgConnection) -> Result<bool, Error> {
        let asked = self.statements.last().map(|(doing, _)| doing.clone());
        let sent = self.try_send(conn).await;
        let row = sent.map_err(|(doing, error)| Error::doing(doing)(error))?;
        row.ok_or(sqlx::Error::RowNotFound)
            .and_then(|row| row.try_get(0))
            .map_err(Error::doing(asked.unwrap_or_default()))
    }

    /// The last row, if there is one; or what the statement that failed was for.
    pub(crate) async fn try_send(
        mut self,
        conn: &mut PgConnection,
    ) -> Result<Option<PgRow>, (String, sqlx::Error)> {
        let statements: Vec<&str> = self.statements.iter().map(|(_, sql)| &**sql).collect();
        let sql = statements.join(";\n");
        let sent = match speak_utf8(conn, &sql).await {
            Ok(()) => script(conn, &sql).await,
            Err(error) => Err((0, error)),
        };
        sent.map_err(|(ended, error)| {
            let last = self.statements.len().saturating_sub(1);
            let (doing, _) = self.statements.swap_remove(ended.min(last));
            (doing, error)
        })
    }
}
