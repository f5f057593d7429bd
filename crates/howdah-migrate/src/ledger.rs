use howdah_ident::{Ident, Literal, RoleName, SchemaName};
use sqlx::PgConnection;

use crate::migration::Migration;
use crate::simple_query::{column, rows, run};
use crate::{Error, Plan, Version};

/// sqlx's table of applied migrations, always named with its schema.
#[derive(Debug)]
pub(crate) struct Ledger<'a> {
    schema: &'a SchemaName,
    role: Option<&'a RoleName>,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) version: i64,
    pub(crate) description: String,
    pub(crate) success: bool,
    /// In hexadecimal.
    pub(crate) checksum: String,
}

/// What is there.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) schema_exists: bool,
    pub(crate) ledger_exists: bool,
    pub(crate) rows: Vec<Row>,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(schema: &'a SchemaName, role: Option<&'a RoleName>) -> Self {
        Self { schema, role }
    }

    fn table(&self) -> String {
        format!("{}._sqlx_migrations", self.schema)
    }

    /// Looks into the catalog first: no statement may fail, the caller may be in a transaction.
    pub(crate) async fn read(&self, conn: &mut PgConnection) -> Result<Contents, Error> {
        let probe =
            include_str!("../sql/probe.sql").replace("{schema}", &literal(self.schema.as_str()));
        let doing = || Error::doing(format!("look for the ledger {}", self.table()));
        let found = rows(conn, probe).await.map_err(doing())?;
        let row = found
            .first()
            .ok_or(sqlx::Error::RowNotFound)
            .map_err(doing())?;
        let readable = column::<bool>(row, "readable").map_err(doing())?;
        let previous = column::<String>(row, "role").map_err(doing())?;
        let mut contents = Contents {
            schema_exists: column(row, "schema_exists").map_err(doing())?,
            ledger_exists: column(row, "ledger_exists").map_err(doing())?,
            rows: Vec::new(),
        };
        if contents.ledger_exists {
            let role = self.role.filter(|_| !readable);
            contents.rows = self.read_as(conn, role, &previous).await?;
        }
        Ok(contents)
    }

    /// A login that has the owner's rights only after `set role` (NOINHERIT) reads as the owner.
    async fn read_as(
        &self,
        conn: &mut PgConnection,
        role: Option<&RoleName>,
        previous: &str,
    ) -> Result<Vec<Row>, Error> {
        if let Some(role) = role {
            let doing = Error::doing(format!(
                "set the role {role} (the login must be a member of it)"
            ));
            run(conn, format!("set role {role}")).await.map_err(doing)?;
        }
        let found = self.select(conn).await.map_err(Error::doing(format!(
            "read the ledger {} (it needs usage on the schema and select on the table)",
            self.table()
        )));
        if role.is_some() && found.is_ok() {
            let previous = Ident::new(previous)
                .ok()
                .filter(|previous| previous.as_str() != "none")
                .map_or_else(|| "none".to_owned(), |previous| previous.to_string());
            run(conn, format!("set role {previous}"))
                .await
                .map_err(Error::doing("set the role back"))?;
        }
        found
    }

    async fn select(&self, conn: &mut PgConnection) -> Result<Vec<Row>, sqlx::Error> {
        let sql = format!(
            "select version, description, success, pg_catalog.encode(checksum, 'hex') as checksum\n\
             from {}\n\
             order by version",
            self.table()
        );
        rows(conn, sql)
            .await?
            .iter()
            .map(|row| {
                Ok(Row {
                    version: column(row, "version")?,
                    description: column(row, "description")?,
                    success: column(row, "success")?,
                    checksum: column(row, "checksum")?,
                })
            })
            .collect()
    }

    /// Exactly as sqlx makes it. Existence is asked for first: `create schema if not exists` fails
    /// without the right to create one, even if it is there.
    pub(crate) async fn create(&self, conn: &mut PgConnection, plan: &Plan) -> Result<(), Error> {
        if !plan.schema_exists() {
            let doing = Error::doing(format!(
                "create the schema {} (it needs create on the database; or let an administrator create it)",
                self.schema
            ));
            run(conn, format!("create schema {}", self.schema))
                .await
                .map_err(doing)?;
        }
        if !plan.ledger_exists() {
            let sql = include_str!("../sql/create_ledger.sql").replace("{ledger}", &self.table());
            let doing = Error::doing(format!(
                "create the ledger {} (it needs create on the schema)",
                self.table()
            ));
            run(conn, sql).await.map_err(doing)?;
        }
        Ok(())
    }

    /// The row of a migration that has run, or with `success` false of one that begins.
    pub(crate) fn insert(&self, migration: &Migration, success: bool, nanoseconds: i64) -> String {
        format!(
            "insert into {} (version, description, success, checksum, execution_time)\n\
             values ({}, {}, {success}, '\\x{}'::pg_catalog.bytea, {nanoseconds})",
            self.table(),
            migration.version(),
            literal(migration.description()),
            migration.checksum(),
        )
    }

    /// Ends what [`Ledger::insert`] began.
    pub(crate) fn complete(&self, version: Version, nanoseconds: i64) -> String {
        format!(
            "update {}\nset success = true, execution_time = {nanoseconds}\nwhere version = {version}",
            self.table()
        )
    }

    /// Takes back what [`Ledger::insert`] began.
    pub(crate) fn forget(&self, version: Version) -> String {
        format!(
            "delete from {}\nwhere version = {version} and not success",
            self.table()
        )
    }
}

/// Names and checked files hold no NUL byte, which is all a literal refuses.
pub(crate) fn literal(text: &str) -> String {
    let text = text.replace('\0', "");
    Literal::new(&text).map_or_else(|_| "''".to_owned(), |literal| literal.to_string())
}
