use std::fmt;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::error::sqlstate;
use crate::{Error, Layout};

/// PostgreSQL's `insufficient_privilege`.
const DENIED: &str = "42501";

/// How thoroughly a role is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The server is asked what the role may do. A few queries; nothing is changed or tried.
    Rights,
    /// The role also tries it: each statement in a transaction that is rolled back.
    Attempts,
}

/// Something that a role may do and should not, or cannot do and should.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The role.
    pub role: String,
    /// What is wrong, to be read after the role's name.
    pub what: String,
}

/// Verifies the service's role on a connection that it made itself: it reads and writes rows, and nothing else.
///
/// # Errors
/// [`Error::Read`] when the server cannot be asked. What is wrong with the role is a finding, not an error.
pub async fn verify_app(
    connection: &mut PgConnection,
    layout: &Layout,
    depth: Depth,
) -> Result<Vec<Finding>, Error> {
    let rights = include_str!("../sql/rights_of_app.sql");
    let mut wrong = ask(connection, layout, rights).await?;
    if depth == Depth::Attempts {
        for (table, writable) in tables(connection, layout).await? {
            // `explain` checks every privilege of the statement, also those of functions in column defaults, and runs
            // nothing: no sequence moves, no trigger fires.
            let mut allowed = vec![format!("explain select * from {table}")];
            if writable {
                allowed.push(format!("explain insert into {table} default values"));
                allowed.push(format!("explain delete from {table}"));
                wrong.extend(denied(connection, &format!("truncate {table}")).await?);
            }
            wrong.extend(all_allowed(connection, &allowed).await?);
        }
        wrong.extend(all_denied(connection, &forbidden(layout)).await?);
    }
    Ok(findings(layout.app().as_str(), wrong))
}

/// Verifies the read-only role on a connection that it made itself: it reads everything, and writes nothing.
///
/// # Errors
/// [`Error::Read`] when the server cannot be asked. What is wrong with the role is a finding, not an error.
pub async fn verify_read_only(
    connection: &mut PgConnection,
    layout: &Layout,
    depth: Depth,
) -> Result<Vec<Finding>, Error> {
    let rights = include_str!("../sql/rights_of_read_only.sql");
    let mut wrong = ask(connection, layout, rights).await?;
    if depth == Depth::Attempts {
        for (table, writable) in tables(connection, layout).await? {
            let allowed = [format!("explain select * from {table}")];
            wrong.extend(all_allowed(connection, &allowed).await?);
            if writable {
                let writes = [
                    format!("insert into {table} default values"),
                    format!("delete from {table}"),
                    format!("truncate {table}"),
                ];
                wrong.extend(all_denied(connection, &writes).await?);
            }
        }
        wrong.extend(all_denied(connection, &forbidden(layout)).await?);
        let large_object = "select pg_catalog.lo_create(0)".to_owned();
        wrong.extend(all_denied(connection, &[large_object]).await?);
    }
    Ok(findings(layout.read_only().as_str(), wrong))
}

/// What neither of the two may do.
fn forbidden(layout: &Layout) -> Vec<String> {
    let schema = layout.schema();
    vec![
        format!("create table {schema}.howdah_attempt (id int)"),
        "create table public.howdah_attempt (id int)".to_owned(),
        "create temporary table howdah_attempt (id int)".to_owned(),
        "create schema howdah_attempt".to_owned(),
        format!("set role {}", layout.owner()),
        format!("set role {}", layout.migrator()),
    ]
}

/// What holds for both, and then what holds for this one.
async fn ask(
    connection: &mut PgConnection,
    layout: &Layout,
    rights: &'static str,
) -> Result<Vec<String>, Error> {
    let mut wrong: Vec<String> = sqlx::query_scalar(include_str!("../sql/rights_of_both.sql"))
        .bind(layout.schema().as_str())
        .bind(layout.owner().as_str())
        .bind(layout.migrator().as_str())
        .fetch_all(&mut *connection)
        .await
        .map_err(Error::read("what the role may do"))?;
    let own: Vec<String> = sqlx::query_scalar(rights)
        .bind(layout.schema().as_str())
        .fetch_all(&mut *connection)
        .await
        .map_err(Error::read("what the role may do"))?;
    wrong.extend(own);
    if layout.is_alone_on_server() {
        let other: Vec<String> = sqlx::query_scalar(include_str!("../sql/other_databases.sql"))
            .fetch_all(connection)
            .await
            .map_err(Error::read("what the role may do"))?;
        wrong.extend(other);
    }
    Ok(wrong)
}

async fn tables(
    connection: &mut PgConnection,
    layout: &Layout,
) -> Result<Vec<(String, bool)>, Error> {
    sqlx::query_as(include_str!("../sql/tables.sql"))
        .bind(layout.schema().as_str())
        .fetch_all(connection)
        .await
        .map_err(Error::read("the tables"))
}

async fn all_denied(
    connection: &mut PgConnection,
    statements: &[String],
) -> Result<Vec<String>, Error> {
    let mut wrong = Vec::new();
    for statement in statements {
        wrong.extend(denied(connection, statement).await?);
    }
    Ok(wrong)
}

async fn all_allowed(
    connection: &mut PgConnection,
    statements: &[String],
) -> Result<Vec<String>, Error> {
    let mut wrong = Vec::new();
    for statement in statements {
        if let Err(error) = attempt(connection, statement).await? {
            let code = sqlstate(&error).unwrap_or_default();
            wrong.push(format!("cannot run `{statement}` (SQLSTATE {code})"));
        }
    }
    Ok(wrong)
}

/// A statement that must fail for lack of a privilege. One that succeeds was undone by the rollback.
pub(crate) async fn denied(
    connection: &mut PgConnection,
    statement: &str,
) -> Result<Option<String>, Error> {
    Ok(match attempt(connection, statement).await? {
        Ok(()) => Some(format!("may run `{statement}`")),
        Err(error) => match sqlstate(&error) {
            Some(code) if code == DENIED => None,
            code => Some(format!(
                "is not denied `{statement}` for lack of a privilege, but fails with SQLSTATE {}",
                code.unwrap_or_default()
            )),
        },
    })
}

/// Runs the statement in a transaction that is rolled back in every case.
pub(crate) async fn attempt(
    connection: &mut PgConnection,
    statement: &str,
) -> Result<Result<(), sqlx::Error>, Error> {
    let lost = "the result of an attempt";
    let mut transaction = connection.begin().await.map_err(Error::read(lost))?;
    let result = transaction
        .execute(sqlx::raw_sql(AssertSqlSafe(statement)))
        .await;
    transaction.rollback().await.map_err(Error::read(lost))?;
    Ok(result.map(drop))
}

fn findings(role: &str, wrong: Vec<String>) -> Vec<Finding> {
    wrong
        .into_iter()
        .map(|what| Finding {
            role: role.to_owned(),
            what,
        })
        .collect()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.role, self.what)
    }
}
