use std::collections::BTreeSet;

use howdah_ident::{Ident, Qualified, SchemaName};
use sqlx::PgConnection;

use crate::ledger::literal;
use crate::simple_query::{column, rows};
use crate::{Error, Migrator};

/// What there is beside the definitions in one schema, and so in no dump of them: rows, extensions, and what migrations
/// made elsewhere in the database. What belongs to the whole server, such as roles, is not seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Beside {
    /// The tables of the schema that have rows, but for the ledger and its log.
    pub rows: Vec<String>,
    /// The extensions that the schema needs, as statements that create them.
    pub extensions: Vec<String>,
    /// The casts from and to types of the schema, as statements that create them.
    pub casts: Vec<String>,
    /// What is elsewhere in the database.
    pub objects: BTreeSet<String>,
}

impl Beside {
    /// Looks into the database, as the owner or a superuser.
    ///
    /// # Errors
    /// [`Error::Database`] if something cannot be read.
    pub async fn read(conn: &mut PgConnection, migrator: &Migrator) -> Result<Self, Error> {
        let schema = &migrator.options.schema;
        Ok(Self {
            rows: tables_with_rows(conn, migrator).await?,
            extensions: extensions(conn, schema).await?,
            casts: list(conn, include_str!("../sql/beside/casts.sql"), schema).await?,
            objects: list(conn, include_str!("../sql/beside/objects.sql"), schema).await?,
        })
    }
}

async fn tables_with_rows(
    conn: &mut PgConnection,
    migrator: &Migrator,
) -> Result<Vec<String>, Error> {
    let schema = &migrator.options.schema;
    let doing = || Error::doing(format!("look for rows in the schema {schema}"));
    let query = with_schema(include_str!("../sql/beside/tables.sql"), schema);
    let own = migrator.own_tables();
    let mut asked = Vec::new();
    for row in rows(conn, query).await.map_err(doing())? {
        let name: String = column(&row, "name").map_err(doing())?;
        let Ok(ident) = Ident::new(&*name) else {
            continue;
        };
        let table = Qualified::new(schema.clone(), ident).to_string();
        if !own.contains(&table) {
            let name = literal(&name);
            asked.push(format!(
                "select {name} as name where exists (select from {table})"
            ));
        }
    }
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let found = rows(conn, asked.join("\nunion all\n"))
        .await
        .map_err(doing())?;
    let names = found.iter().map(|row| column(row, "name"));
    names.collect::<Result<_, _>>().map_err(doing())
}

async fn extensions(conn: &mut PgConnection, schema: &SchemaName) -> Result<Vec<String>, Error> {
    let doing = || Error::doing(format!("look for the extensions of the schema {schema}"));
    let query = with_schema(include_str!("../sql/beside/extensions.sql"), schema);
    let mut statements = Vec::new();
    for row in rows(conn, query).await.map_err(doing())? {
        let name: String = column(&row, "name").map_err(doing())?;
        let place: String = column(&row, "schema").map_err(doing())?;
        let (Ok(name), Ok(place)) = (Ident::new(name), SchemaName::new(place)) else {
            continue;
        };
        // The schema of the file is the one that is on the search path.
        let place = if place == *schema {
            String::new()
        } else {
            format!(" with schema {place}")
        };
        statements.push(format!("create extension if not exists {name}{place}"));
    }
    Ok(statements)
}

async fn list<T: FromIterator<String>>(
    conn: &mut PgConnection,
    query: &str,
    schema: &SchemaName,
) -> Result<T, Error> {
    let doing = || Error::doing(format!("look what is beside the schema {schema}"));
    let found = rows(conn, with_schema(query, schema))
        .await
        .map_err(doing())?;
    let names = found.iter().map(|row| column(row, "what"));
    names.collect::<Result<_, _>>().map_err(doing())
}

fn with_schema(query: &str, schema: &SchemaName) -> String {
    query.replace("{schema}", &literal(schema.as_str()))
}
