use howdah_ident::{Ident, Literal};
use serde::Serialize;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use crate::checklist::{CHECKLIST, How, Item, Who};
use crate::verify::{attempt, denied};
use crate::{Error, Layout, error};

const LATER: &str = include_str!("../sql/checklist/later.sql");

/// One line of the checklist, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// The number of the requirement; several checks can have one.
    pub number: u8,
    /// The role that tried.
    pub role: String,
    /// What is to hold.
    pub what: &'static str,
    /// Whether it does.
    pub outcome: Outcome,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "why", rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not, and why.
    Fail(String),
    /// It cannot be found out here, and why.
    NotApplicable(String),
}

/// Goes through the checklist as the role that is connected, which is the app, the read-only role or the migrator of the
/// layout. Nothing is left behind: what is tried is rolled back.
///
/// # Errors
/// [`Error::Layout`] when another role is connected; [`Error::Read`] when the server cannot be asked.
pub async fn verify_checklist(
    connection: &mut PgConnection,
    layout: &Layout,
) -> Result<Vec<Check>, Error> {
    let (role, version): (String, i32) =
        sqlx::query_as("select current_user::text, current_setting('server_version_num')::int")
            .fetch_one(&mut *connection)
            .await
            .map_err(Error::read("who is connected"))?;
    let who = who(layout, &role)?;
    let names = Names::read(connection, layout, who).await?;
    let mut checks = Vec::new();
    for item in CHECKLIST.iter().filter(|item| item.who.is(who)) {
        let outcome = match names.inapplicable(item, layout, version) {
            Some(why) => Outcome::NotApplicable(why),
            None => run(connection, &names, item).await?,
        };
        checks.push(Check {
            number: item.number,
            role: role.clone(),
            what: item.what,
            outcome,
        });
    }
    Ok(checks)
}

fn who(layout: &Layout, role: &str) -> Result<Who, Error> {
    let roles = [
        (layout.app(), Who::App),
        (layout.read_only(), Who::ReadOnly),
        (layout.migrator(), Who::Migrator),
    ];
    let known = roles.iter().find(|(name, _)| name.as_str() == role);
    known.map(|(_, who)| *who).ok_or_else(|| Error::Layout {
        why: format!("{role:?} is connected, and only the app, the read-only role and the migrator can be verified"),
    })
}

/// What the placeholders of the checklist stand for.
struct Names {
    layout: Layout,
    group: Ident,
    table: Option<Ident>,
    sequence: Option<Ident>,
    /// Large objects are not open to everybody, as they are on a fresh server.
    large_objects: bool,
}

impl Names {
    async fn read(connection: &mut PgConnection, layout: &Layout, who: Who) -> Result<Self, Error> {
        let what = "the tables";
        let sample = sqlx::query(include_str!("../sql/checklist/sample.sql"))
            .bind(layout.schema().as_str())
            .fetch_optional(connection)
            .await
            .map_err(Error::read(what))?;
        let name = |column: &str| {
            let row = sample.as_ref();
            let name: Option<String> = row.and_then(|row| row.try_get(column).ok().flatten());
            name.and_then(|name| Ident::new(name).ok())
        };
        let group = match who {
            Who::ReadOnly => layout.read_only_group(),
            _ => layout.read_write_group(),
        };
        Ok(Self {
            layout: layout.clone(),
            group: group.ident().clone(),
            table: name("table"),
            sequence: name("sequence"),
            large_objects: sample
                .as_ref()
                .is_none_or(|row| row.try_get("large_objects").unwrap_or(true)),
        })
    }

    fn inapplicable(&self, item: &Item, layout: &Layout, version: i32) -> Option<String> {
        let (How::Allowed(text) | How::Denied(text) | How::Asked(text) | How::Silent(text, _)) =
            item.how;
        let lacks =
            |placeholder: &str, name: Option<&Ident>| text.contains(placeholder) && name.is_none();
        if version / 10_000 < item.since {
            return Some(format!("since PostgreSQL {}", item.since));
        }
        if item.number == 6 && !layout.is_alone_on_server() {
            return Some("the server is shared".to_owned());
        }
        if item.number == 37 && !self.large_objects {
            let why = "every role of this server can: only a superuser closes that, and none has";
            return Some(why.to_owned());
        }
        if lacks("{table}", self.table.as_ref()) || lacks("{name}", self.table.as_ref()) {
            return Some("there is no table".to_owned());
        }
        lacks("{sequence}", self.sequence.as_ref()).then(|| "there is no sequence".to_owned())
    }

    fn fill(&self, text: &str) -> String {
        let later = text
            .strip_prefix("later: ")
            .map(|needed| LATER.replace(":needed", needed));
        replace_once(later.as_deref().unwrap_or(text), &self.values())
    }

    fn values(&self) -> Vec<(&'static str, String)> {
        let layout = &self.layout;
        let schema = layout.schema();
        let within = |name: &Option<Ident>| {
            let name = name.as_ref();
            name.map_or_else(String::new, |name| format!("{schema}.{name}"))
        };
        let table = within(&self.table);
        let name = self.table.as_ref();
        vec![
            ("{schema}", format!("{schema}")),
            ("{owner}", format!("{}", layout.owner())),
            ("{migrator}", format!("{}", layout.migrator())),
            ("{group}", format!("{}", self.group)),
            ("'{table}'", literal(&table)),
            ("{table}", table),
            ("{sequence}", within(&self.sequence)),
            ("{name}", name.map_or_else(String::new, ToString::to_string)),
            (":schema", literal(schema.as_str())),
            (":owner", literal(layout.owner().as_str())),
            (":group", literal(self.group.as_str())),
            (":rw", literal(layout.read_write_group().as_str())),
            (":ro", literal(layout.read_only_group().as_str())),
        ]
    }
}

fn literal(text: &str) -> String {
    Literal::new(text).map_or_else(|_nul| "''".to_owned(), |text| text.to_string())
}

/// In one pass: a name can look like a placeholder.
fn replace_once(text: &str, values: &[(&str, String)]) -> String {
    let mut result = String::new();
    let mut rest = text;
    loop {
        let next = values
            .iter()
            .filter_map(|(name, value)| Some((rest.find(name)?, *name, value)))
            .min_by_key(|(at, _, _)| *at);
        let Some((at, name, value)) = next else {
            return result + rest;
        };
        let (before, after) = rest.split_at(at);
        result.push_str(before);
        result.push_str(value);
        rest = after.get(name.len()..).unwrap_or_default();
    }
}

async fn run(connection: &mut PgConnection, names: &Names, item: &Item) -> Result<Outcome, Error> {
    Ok(match item.how {
        How::Asked(query) => {
            let wrong = ask(connection, &names.fill(query)).await?;
            if wrong.is_empty() {
                Outcome::Pass
            } else {
                Outcome::Fail(wrong.join("; "))
            }
        }
        How::Denied(statement) => denied(connection, &names.fill(statement))
            .await?
            .map_or(Outcome::Pass, Outcome::Fail),
        How::Allowed(statement) => match attempt(connection, &names.fill(statement)).await? {
            Ok(()) => Outcome::Pass,
            Err(source) => Outcome::Fail(format!(
                "it fails with SQLSTATE {}",
                error::sqlstate(&source).unwrap_or_default()
            )),
        },
        How::Silent(statement, query) => {
            silent(connection, &names.fill(statement), &names.fill(query)).await?
        }
    })
}

/// Whether the statement leaves the query's answer as it was, in one transaction that is rolled back.
async fn silent(
    connection: &mut PgConnection,
    statement: &str,
    query: &str,
) -> Result<Outcome, Error> {
    let what = "the effect of an attempt";
    let mut transaction = connection.begin().await.map_err(Error::read(what))?;
    let before = ask(&mut transaction, query).await?;
    let tried = transaction
        .execute(sqlx::raw_sql(AssertSqlSafe(statement)))
        .await;
    if tried.is_err() {
        transaction.rollback().await.map_err(Error::read(what))?;
        return Ok(Outcome::Pass);
    }
    let after = ask(&mut transaction, query).await?;
    transaction.rollback().await.map_err(Error::read(what))?;
    if before == after {
        return Ok(Outcome::Pass);
    }
    Ok(Outcome::Fail(format!(
        "`{statement}` has an effect: {}",
        after.join("; ")
    )))
}

/// The first column of each row.
async fn ask(connection: &mut PgConnection, query: &str) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(AssertSqlSafe(query))
        .fetch_all(connection)
        .await
        .map_err(Error::read("what the role may do"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_looks_like_a_placeholder_stays_a_name() {
        let values = [
            ("{a}", "{b} :c".to_owned()),
            ("{b}", "x".to_owned()),
            (":c", "y".to_owned()),
        ];
        assert_eq!(
            replace_once("{a}, {b}::text :c {d}", &values),
            "{b} :c, x::text y {d}"
        );
    }
}
