use howdah_ident::{Ident, Qualified, RoleName, SchemaName};
use sqlx::PgConnection;
use sqlx::postgres::PgRow;

use super::Found;
use crate::ledger::literal;
use crate::reader::Reader;
use crate::simple_query::{column, rows};
use crate::{Error, Legacy, LegacyTool, Migrator, Problem};

/// The table, and all that it has.
pub(super) async fn find(
    migrator: &Migrator,
    conn: &mut PgConnection,
    legacy: &Legacy,
) -> Result<(String, Vec<Found>), Error> {
    let refused = |problem| Error::Refused {
        problems: vec![problem],
    };
    let name = match &legacy.table {
        Some(name) => name.clone(),
        None => Ident::new(legacy.tool.table())
            .map_err(|error| refused(Problem::new(legacy.tool.table(), error.to_string())))?,
    };
    let candidates = candidates(migrator, conn, legacy, &name).await?;
    let candidate = one(migrator, legacy, &name, candidates).map_err(refused)?;
    let table = candidate.table(&name).map_err(refused)?;
    check_columns(legacy.tool, &table, &candidate.columns).map_err(refused)?;
    let reader = candidate.reader(&table).map_err(refused)?;
    let doing = || Error::doing(format!("read {table}, the ledger of {}", legacy.tool));
    let query = legacy.tool.query().replace("{table}", &table);
    let read = rows(conn, reader.reading(&query)).await.map_err(doing())?;
    let found = read.iter().map(found).collect::<Result<_, _>>();
    let found = found.map_err(doing())?;
    Ok((table, found))
}

/// A table of that name.
struct Candidate {
    schema: String,
    columns: Vec<String>,
    /// Who may read it.
    reader: Option<String>,
    asks: String,
    role: String,
}

impl Candidate {
    fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            schema: column(row, "schema")?,
            columns: column(row, "columns")?,
            reader: column(row, "reader")?,
            asks: column(row, "asks")?,
            role: column(row, "role")?,
        })
    }

    fn table(&self, name: &Ident) -> Result<String, Problem> {
        let schema = SchemaName::new(&*self.schema)
            .map_err(|error| Problem::new(&self.schema, error.to_string()))?;
        Ok(Qualified::new(schema, name.clone()).to_string())
    }

    fn reader(&self, table: &str) -> Result<Reader, Problem> {
        let Some(reader) = &self.reader else {
            let message = format!(
                "nobody here may read it: `grant select on {table} to {}`, and usage on its schema",
                self.asks
            );
            return Err(Problem::new(table, message));
        };
        if *reader == self.asks {
            return Ok(Reader(None));
        }
        let role =
            RoleName::new(&**reader).map_err(|error| Problem::new(table, error.to_string()))?;
        Ok(Reader(Some((role, self.role.clone()))))
    }
}

/// In the schema that was named, or in that of the options and in `public`.
async fn candidates(
    migrator: &Migrator,
    conn: &mut PgConnection,
    legacy: &Legacy,
    name: &Ident,
) -> Result<Vec<Candidate>, Error> {
    let options = &migrator.options;
    let own = options.schema.as_str();
    let schemas = match &legacy.schema {
        Some(schema) => literal(schema.as_str()),
        None => format!("{}, 'public'", literal(own)),
    };
    let role = options.role.as_ref();
    let query = include_str!("../../sql/legacy/table.sql")
        .replace("{schemas}", &schemas)
        .replace("{first}", &literal(own))
        .replace("{table}", &literal(name.as_str()))
        .replace(
            "{role}",
            &role.map_or_else(|| "null".to_owned(), |role| literal(role.as_str())),
        );
    let doing = || Error::doing(format!("look for the table {name} of {}", legacy.tool));
    let found = rows(conn, query).await.map_err(doing())?;
    let all = found
        .iter()
        .map(Candidate::of)
        .collect::<Result<Vec<_>, _>>();
    let mut all = all.map_err(doing())?;
    // What we write ourselves is no other tool's.
    all.retain(|one| name.as_str() != LegacyTool::Sqlx.table() || one.schema != own);
    Ok(all)
}

fn one(
    migrator: &Migrator,
    legacy: &Legacy,
    name: &Ident,
    candidates: Vec<Candidate>,
) -> Result<Candidate, Problem> {
    let schemas: Vec<&str> = candidates.iter().map(|one| &*one.schema).collect();
    let message = match schemas.as_slice() {
        [_] => String::new(),
        [] => format!(
            "there is no such table{} in {}: say where {} keeps its ledger",
            if name.as_str() == LegacyTool::Sqlx.table() {
                " but our own"
            } else {
                ""
            },
            places(migrator, legacy),
            legacy.tool,
        ),
        all => format!(
            "it is in {}: say which of them is meant",
            all.join(" and in ")
        ),
    };
    let place = format!("the table {name}");
    let one = candidates.into_iter().next().filter(|_| message.is_empty());
    one.ok_or_else(|| Problem::new(place, message))
}

/// Where it was looked for.
fn places(migrator: &Migrator, legacy: &Legacy) -> String {
    const PUBLIC: &str = "public";
    let own = migrator.options.schema.as_str();
    match &legacy.schema {
        Some(schema) => schema.as_str().to_owned(),
        None if own == PUBLIC => PUBLIC.to_owned(),
        None => format!("{own} or {PUBLIC}"),
    }
}

/// Three tools call it `schema_migrations`.
fn check_columns(tool: LegacyTool, table: &str, columns: &[String]) -> Result<(), Problem> {
    let is_of = |tool: LegacyTool| {
        let wanted = tool.columns();
        let has_all = wanted
            .iter()
            .all(|name| columns.iter().any(|column| column == name));
        // dbmate's is the one without more.
        has_all && (tool != LegacyTool::Dbmate || columns.len() == wanted.len())
    };
    if is_of(tool) {
        return Ok(());
    }
    let likely: Vec<String> = LegacyTool::ALL
        .into_iter()
        .filter(|other| *other != LegacyTool::Alembic && is_of(*other))
        .map(|other| other.to_string())
        .collect();
    let hint = if likely.is_empty() {
        "say which table is meant".to_owned()
    } else {
        format!("it looks like that of {}", likely.join(" or "))
    };
    let message = format!(
        "this is no ledger of {tool}, which has the columns {}; there are {}: {hint}",
        tool.columns().join(", "),
        columns.join(", ")
    );
    Err(Problem::new(table, message))
}

fn found(row: &PgRow) -> Result<Found, sqlx::Error> {
    Ok(Found {
        entry: column(row, "entry")?,
        name: column(row, "name")?,
        checksum: column(row, "checksum")?,
        is_dirty: column(row, "dirty")?,
        at: column(row, "at")?,
    })
}
