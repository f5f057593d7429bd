use std::collections::BTreeMap;

use howdah_ident::SchemaName;
use sqlx::{Column as _, PgConnection, Row as _, postgres::PgRow};

use super::object::{Object, ObjectName};
use super::query::{Fragments, NAMES, PRIVILEGES, QUERIES, SESSION, schema as schema_query};
use super::resolve::{Found, Grant, Ledgers, resolve};
use super::spell::Spelling;
use crate::simple_query::{column, is_true, rows, run};
use crate::{Error, LedgerName};

/// How to leave the session as it was.
#[derive(Debug, Clone, Copy)]
struct Scope {
    begin: &'static str,
    end: &'static str,
}

const TRANSACTION: Scope = Scope {
    begin: "begin isolation level repeatable read read only",
    end: "rollback",
};

/// In the caller's transaction, so that a failure does not end it either.
const SAVEPOINT: Scope = Scope {
    begin: "savepoint howdah_catalog",
    end: "rollback to savepoint howdah_catalog; release savepoint howdah_catalog",
};

pub(super) async fn read(
    conn: &mut PgConnection,
    schema: &SchemaName,
    ledger: &LedgerName,
) -> Result<BTreeMap<ObjectName, Object>, Error> {
    // Outside a transaction, each statement has one of its own that begins with it.
    let outside = "select pg_catalog.now() = pg_catalog.statement_timestamp()";
    let doing = Error::doing("ask whether a transaction is open");
    let scope = if is_true(conn, outside).await.map_err(doing)? {
        TRANSACTION
    } else {
        SAVEPOINT
    };
    let begun = run(conn, format!("{};\n{SESSION}", scope.begin))
        .await
        .map_err(Error::doing("begin to read the catalog"));
    let objects = match begun {
        Ok(()) => read_schema(conn, schema, ledger).await,
        Err(error) => Err(error),
    };
    let ended = run(conn, scope.end)
        .await
        .map_err(Error::doing("end the reading of the catalog"));
    let objects = objects?;
    ended.map(|()| objects)
}

async fn read_schema(
    conn: &mut PgConnection,
    schema: &SchemaName,
    ledger: &LedgerName,
) -> Result<BTreeMap<ObjectName, Object>, Error> {
    let doing = || Error::doing(format!("look for the schema {schema}"));
    let read = rows(conn, schema_query(schema, ledger))
        .await
        .map_err(doing())?;
    let Some(row) = read.first() else {
        return Ok(BTreeMap::new());
    };
    let fragments = Fragments {
        version: conn.server_version_num().unwrap_or_default(),
        namespace: column(row, "namespace").map_err(doing())?,
        owner: column(row, "owner").map_err(doing())?,
    };
    let mut found = vec![schema_itself(row).map_err(doing())?];
    for (what, query) in QUERIES {
        let doing = || Error::doing(format!("read the {what} of the schema {schema}"));
        for row in rows(conn, fragments.expand(query)).await.map_err(doing())? {
            found.push(object(&row).map_err(doing())?);
        }
    }
    let doing = || Error::doing(format!("read the privileges in the schema {schema}"));
    let granted = rows(conn, fragments.expand(PRIVILEGES)).await;
    let grants = granted
        .and_then(|rows| rows.iter().map(grant).collect::<Result<Vec<_>, _>>())
        .map_err(doing())?;
    let doing = || Error::doing(format!("read the names in the schema {schema}"));
    let named = rows(conn, fragments.expand(NAMES)).await;
    let names = named
        .and_then(|rows| rows.iter().map(|row| column(row, "name")).collect())
        .map_err(doing())?;
    let schema = schema.as_str();
    let spelling = Spelling { schema, names };
    let ledgers = Ledgers(ledger);
    Ok(resolve(found, grants, &spelling, ledgers))
}

fn schema_itself(row: &PgRow) -> Result<Found, sqlx::Error> {
    let mut schema = object(row)?;
    schema.properties.retain(|what, _| what == "comment");
    Ok(schema)
}

/// The columns with these names say which object it is and what it follows from; all others are properties.
fn object(row: &PgRow) -> Result<Found, sqlx::Error> {
    let mut found = Found::default();
    for (index, column) in row.columns().iter().enumerate() {
        match column.name() {
            "kind" => found.kind = row.try_get(index)?,
            "of" => found.of = row.try_get(index)?,
            "name" => found.name = row.try_get(index)?,
            "position" => found.position = row.try_get(index)?,
            "columns" => found.columns = texts(row, index)?,
            "other_table" => found.other_table = row.try_get(index)?,
            "other_columns" => found.other_columns = texts(row, index)?,
            "other_key" => found.other_key = row.try_get(index)?,
            "uses" => found.uses = optional_texts(row, index)?,
            "copy_of_table" => found.copy_of_table = row.try_get(index)?,
            "copy_of" => found.copy_of = row.try_get(index)?,
            what => {
                if let Some(value) = row.try_get(index)? {
                    found.properties.insert(what.replace('_', " "), value);
                }
            }
        }
    }
    Ok(found)
}

fn texts(row: &PgRow, index: usize) -> Result<Vec<String>, sqlx::Error> {
    Ok(optional_texts(row, index)?.into_iter().flatten().collect())
}

fn optional_texts(row: &PgRow, index: usize) -> Result<Vec<Option<String>>, sqlx::Error> {
    let texts: Option<_> = row.try_get(index)?;
    Ok(texts.unwrap_or_default())
}

fn grant(row: &PgRow) -> Result<Grant, sqlx::Error> {
    Ok(Grant {
        kind: column(row, "kind")?,
        of: column(row, "of")?,
        name: column(row, "name")?,
        grantee: column(row, "grantee")?,
        granted: column(row, "granted")?,
    })
}
