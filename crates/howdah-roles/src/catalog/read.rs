use std::collections::BTreeMap;

use howdah_ident::Ident;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Executor as _, FromRow, Row};

use super::{Catalog, DefaultKind, Executor, Inside, Leaving, Verifiers};
use crate::Error;

/// Functions that write large objects. PUBLIC may call them, so that even a role that only reads can fill the disk.
const LARGE_OBJECT_WRITERS: [&str; 10] = [
    "lo_creat",
    "lo_create",
    "lo_from_bytea",
    "lo_import",
    "lo_open",
    "lo_put",
    "lo_truncate",
    "lo_truncate64",
    "lo_unlink",
    "lowrite",
];

/// Roles that more is read of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roles {
    /// Their stored passwords, if the executor may.
    pub(crate) verifiers: Vec<String>,
    /// What hangs on them.
    pub(crate) leaving: Vec<String>,
    /// Who is logged in as one of them.
    pub(crate) sessions: Vec<String>,
}

/// How much of a server is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What is the same in every database.
    Server,
    /// That, and what the connected database holds.
    Database,
}

impl Catalog {
    /// Reads it in one snapshot, with a number of queries that does not depend on what is there.
    pub(crate) async fn read(
        connection: &mut PgConnection,
        extent: Extent,
        roles: &Roles,
    ) -> Result<Self, Error> {
        let snapshot =
            "begin isolation level repeatable read read only; set local search_path = pg_catalog";
        let mut transaction = connection
            .begin_with(AssertSqlSafe(snapshot))
            .await
            .map_err(Error::read("the catalog"))?;
        let catalog = Self::read_in(&mut transaction, extent, roles).await?;
        transaction
            .rollback()
            .await
            .map_err(Error::read("the catalog"))?;
        Ok(catalog)
    }

    /// The same inside of a transaction, with what that has changed. Its search path must be `pg_catalog`.
    pub(crate) async fn read_in(
        connection: &mut PgConnection,
        extent: Extent,
        roles: &Roles,
    ) -> Result<Self, Error> {
        let executor = sqlx::query_as::<_, Executor>(include_str!("../../sql/catalog/server.sql"))
            .fetch_one(&mut *connection)
            .await
            .map_err(Error::read("who is connected"))?;
        Ok(Self {
            roles: named(
                connection,
                include_str!("../../sql/catalog/roles.sql"),
                "the roles",
            )
            .await?,
            memberships: rows(
                connection,
                include_str!("../../sql/catalog/memberships.sql"),
                "the memberships",
            )
            .await?,
            settings: rows(
                connection,
                include_str!("../../sql/catalog/settings.sql"),
                "the settings of the roles",
            )
            .await?,
            parameters: parameters(connection).await?,
            databases: named(
                connection,
                include_str!("../../sql/catalog/databases.sql"),
                "the databases",
            )
            .await?,
            verifiers: verifiers(connection, &executor, &roles.verifiers).await?,
            leaving: leaving(connection, roles).await?,
            inside: match extent {
                Extent::Server => Inside::default(),
                Extent::Database => inside(connection).await?,
            },
            executor,
        })
    }
}

async fn inside(connection: &mut PgConnection) -> Result<Inside, Error> {
    let writers = LARGE_OBJECT_WRITERS.map(str::to_owned).to_vec();
    Ok(Inside {
        schemas: named(
            connection,
            include_str!("../../sql/catalog/schemas.sql"),
            "the schemas",
        )
        .await?,
        objects: sqlx::query_as(include_str!("../../sql/catalog/objects.sql"))
            .bind(writers)
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::read("the objects"))?,
        defaults: defaults(connection).await?,
        extensions: extensions(connection).await?,
        reports: rows(
            connection,
            include_str!("../../sql/catalog/reports.sql"),
            "what is not managed",
        )
        .await?,
    })
}

async fn parameters(connection: &mut PgConnection) -> Result<BTreeMap<String, bool>, Error> {
    let rows: Vec<(String, bool)> =
        sqlx::query_as(include_str!("../../sql/catalog/parameters.sql"))
            .fetch_all(connection)
            .await
            .map_err(Error::read("the server's parameters"))?;
    Ok(rows.into_iter().collect())
}

async fn verifiers(
    connection: &mut PgConnection,
    executor: &Executor,
    roles: &[String],
) -> Result<Verifiers, Error> {
    if !executor.reads_verifiers || roles.is_empty() {
        return Ok(Verifiers::default());
    }
    let rows: Vec<(String, String)> =
        sqlx::query_as(include_str!("../../sql/catalog/verifiers.sql"))
            .bind(roles)
            .fetch_all(connection)
            .await
            .map_err(Error::read("the stored passwords"))?;
    let pair = |(name, verifier): (String, String)| Ident::new(name).map(|name| (name, verifier));
    let pairs: Result<_, _> = rows.into_iter().map(pair).collect();
    pairs
        .map(Verifiers)
        .map_err(decode)
        .map_err(Error::read("the stored passwords"))
}

async fn leaving(connection: &mut PgConnection, roles: &Roles) -> Result<Leaving, Error> {
    let mut leaving = Leaving::default();
    if !roles.leaving.is_empty() {
        leaving.dependencies = sqlx::query_as(include_str!("../../sql/catalog/dependencies.sql"))
            .bind(&roles.leaving)
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::read("what hangs on a role"))?;
    }
    if !roles.sessions.is_empty() {
        leaving.sessions = sqlx::query_as(include_str!("../../sql/catalog/sessions.sql"))
            .bind(&roles.sessions)
            .fetch_all(&mut *connection)
            .await
            .map_err(Error::read("the sessions of a role"))?;
    }
    Ok(leaving)
}

async fn extensions(
    connection: &mut PgConnection,
) -> Result<BTreeMap<String, super::Extension>, Error> {
    let what = "the extensions";
    let rows = sqlx::query(include_str!("../../sql/catalog/extensions.sql"))
        .fetch_all(connection)
        .await
        .map_err(Error::read(what))?;
    let pair = |row: &PgRow| Ok((row.try_get("name")?, super::Extension::from_row(row)?));
    rows.iter()
        .map(pair)
        .collect::<sqlx::Result<_>>()
        .map_err(Error::read(what))
}

type Defaults = BTreeMap<(Ident, Option<Ident>, DefaultKind), super::Acl>;

async fn defaults(connection: &mut PgConnection) -> Result<Defaults, Error> {
    let what = "the default privileges";
    let rows = sqlx::query(include_str!("../../sql/catalog/defaults.sql"))
        .fetch_all(connection)
        .await
        .map_err(Error::read(what))?;
    let read = |row: &PgRow| {
        let Some(kind) = DefaultKind::from_catalog(row.try_get("kind")?) else {
            return Ok(None);
        };
        let key = (ident(row, "owner")?, optional_ident(row, "schema")?, kind);
        Ok(Some((key, super::Acl::from_row(row)?)))
    };
    rows.iter()
        .filter_map(|row| read(row).transpose())
        .collect::<sqlx::Result<_>>()
        .map_err(Error::read(what))
}

/// Rows by their column `name`.
async fn named<T>(
    connection: &mut PgConnection,
    query: &'static str,
    what: &'static str,
) -> Result<BTreeMap<Ident, T>, Error>
where
    T: for<'r> FromRow<'r, PgRow>,
{
    let rows = connection
        .fetch_all(query)
        .await
        .map_err(Error::read(what))?;
    let pair = |row: &PgRow| Ok((ident(row, "name")?, T::from_row(row)?));
    rows.iter()
        .map(pair)
        .collect::<sqlx::Result<_>>()
        .map_err(Error::read(what))
}

async fn rows<T>(
    connection: &mut PgConnection,
    query: &'static str,
    what: &'static str,
) -> Result<Vec<T>, Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    sqlx::query_as(query)
        .fetch_all(connection)
        .await
        .map_err(Error::read(what))
}

pub(super) fn ident(row: &PgRow, column: &str) -> sqlx::Result<Ident> {
    let name: String = row.try_get(column)?;
    Ident::new(name).map_err(decode)
}

pub(super) fn optional_ident(row: &PgRow, column: &str) -> sqlx::Result<Option<Ident>> {
    let name: Option<String> = row.try_get(column)?;
    name.map(Ident::new).transpose().map_err(decode)
}

pub(super) fn decode(error: howdah_ident::Error) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
