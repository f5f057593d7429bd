use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use howdah_ident::{Literal, SchemaName};
use sqlx::PgConnection;

use crate::fill::fill;
use crate::journal::Journal;
use crate::log::Log;
use crate::migration::Migration;
use crate::reader::Reader;
use crate::simple_query::{column, is_true, rows, run};
use crate::{Error, Options, Plan, Version};

/// sqlx's table of applied migrations, always named with its schema.
#[derive(Debug)]
pub(crate) struct Ledger<'a> {
    options: &'a Options,
}

/// One row.
#[derive(Debug, PartialEq, Eq)]
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
    pub(crate) log_exists: bool,
    pub(crate) rows: Vec<Row>,
    /// Of the migrations that began and did not end.
    pub(crate) journals: BTreeMap<i64, Journal>,
}

/// What is there, before it is read.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) contents: Contents,
    /// Whether the session may read the ledger, as it is.
    readable: bool,
    /// The same of the log.
    pub(crate) log_readable: bool,
    /// The role that is set.
    pub(crate) role: String,
    /// Whose rights the session has.
    pub(crate) reader: String,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(options: &'a Options) -> Self {
        Self { options }
    }

    pub(crate) fn table(&self) -> String {
        format!(
            "{}.{}",
            self.options.ledger_schema(),
            self.options.ledger.table()
        )
    }

    /// Looks into the catalog first: no statement may fail, the caller may be in a transaction.
    pub(crate) async fn read(
        &self,
        conn: &mut PgConnection,
        log: &Log<'_>,
    ) -> Result<Contents, Error> {
        let Probe {
            mut contents,
            readable,
            log_readable,
            role,
            reader: _,
        } = self.probe(conn).await?;
        if !contents.ledger_exists {
            return Ok(contents);
        }
        let reader = self.reader((!readable).then_some(role));
        contents.rows = self
            .select(conn, &reader)
            .await
            .map_err(Error::doing(format!(
                "read the ledger {} (it needs usage on the schema and select on the table)",
                self.table()
            )))?;
        // Who may read the ledger alone learns what is unfinished, and not how far it has come.
        if contents.log_exists && (log_readable || reader.is_other()) {
            for row in contents.rows.iter().filter(|row| !row.success) {
                let doing = || Error::doing(format!("read the log {}", log.table()));
                let found = rows(conn, reader.reading(&log.journal(row.version)))
                    .await
                    .map_err(doing())?;
                let journal = Journal::from_rows(&found).map_err(doing())?;
                contents.journals.insert(row.version, journal);
            }
        }
        Ok(contents)
    }

    /// The schemas that have one.
    pub(crate) async fn schemas(&self, conn: &mut PgConnection) -> Result<Vec<SchemaName>, Error> {
        let doing = || Error::doing("look for schemas with a ledger");
        let ledger = literal(self.options.ledger.table().as_str());
        let sql = fill(include_str!("../sql/schemas.sql"), &[("ledger", &ledger)]);
        let found = rows(conn, sql).await.map_err(doing())?;
        let names = found.iter().map(|row| column::<String>(row, "schema"));
        let names: Vec<String> = names.collect::<Result<_, _>>().map_err(doing())?;
        // What is no name for us is the server's own.
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    pub(crate) async fn probe(&self, conn: &mut PgConnection) -> Result<Probe, Error> {
        let (options, ledger) = (self.options, &self.options.ledger);
        let values = [
            ("schema", &*literal(options.schema.as_str())),
            ("home", &literal(options.ledger_schema().as_str())),
            ("ledger", &literal(ledger.table().as_str())),
            ("log", &literal(ledger.log().as_str())),
        ];
        let probe = fill(include_str!("../sql/probe.sql"), &values);
        let doing = || Error::doing(format!("look for the ledger {}", self.table()));
        let found = rows(conn, probe).await.map_err(doing())?;
        let row = found
            .first()
            .ok_or(sqlx::Error::RowNotFound)
            .map_err(doing())?;
        let contents = Contents {
            schema_exists: column(row, "schema_exists").map_err(doing())?,
            ledger_exists: column(row, "ledger_exists").map_err(doing())?,
            log_exists: column(row, "log_exists").map_err(doing())?,
            rows: Vec::new(),
            journals: BTreeMap::new(),
        };
        Ok(Probe {
            contents,
            readable: column(row, "readable").map_err(doing())?,
            log_readable: column(row, "log_readable").map_err(doing())?,
            role: column(row, "role").map_err(doing())?,
            reader: column(row, "reader").map_err(doing())?,
        })
    }

    /// A login that has the owner's rights only after `set role` (NOINHERIT) reads as the owner.
    pub(crate) fn reader(&self, previous: Option<String>) -> Reader {
        Reader(self.options.role.clone().zip(previous))
    }

    async fn select(
        &self,
        conn: &mut PgConnection,
        reader: &Reader,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let sql = format!(
            "select version, description, success, pg_catalog.encode(checksum, 'hex') as checksum\n\
             from {}\n\
             order by version",
            self.table()
        );
        rows(conn, reader.reading(&sql))
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
    pub(crate) async fn create(
        &self,
        conn: &mut PgConnection,
        plan: &Plan,
        log: &Log<'_>,
    ) -> Result<(), Error> {
        if !plan.schema_exists() {
            let doing = Error::doing(format!(
                "create the schema {} (it needs create on the database; or let an administrator create it)",
                self.options.schema
            ));
            run(conn, format!("create schema {}", self.options.schema))
                .await
                .map_err(doing)?;
        }
        self.create_schemas(conn).await?;
        if !plan.ledger_exists() {
            let sql = self.create_table();
            let doing = Error::doing(format!(
                "create the ledger {} (it needs create on the schema)",
                self.table()
            ));
            run(conn, sql).await.map_err(doing)?;
        }
        if !plan.log_exists() {
            log.create_if_missing(conn).await?;
        }
        Ok(())
    }

    pub(crate) fn create_table(&self) -> String {
        include_str!("../sql/create_ledger.sql").replace("{ledger}", &self.table())
    }

    /// Those beside the migrations' own.
    async fn create_schemas(&self, conn: &mut PgConnection) -> Result<(), Error> {
        let options = self.options;
        let home = options.ledger.schema().filter(|_| options.create_schema);
        let wanted: BTreeSet<&SchemaName> = options.create_schemas.iter().chain(home).collect();
        for schema in wanted {
            let doing = || {
                Error::doing(format!(
                    "create the schema {schema} (it needs create on the database; or let an administrator create it)"
                ))
            };
            let missing = format!(
                "select not exists (select from pg_catalog.pg_namespace where nspname = {})",
                literal(schema.as_str())
            );
            if is_true(conn, missing).await.map_err(doing())? {
                run(conn, format!("create schema if not exists {schema}"))
                    .await
                    .map_err(doing())?;
            }
        }
        Ok(())
    }

    /// The row of a migration that has run, or with `success` false of one that begins.
    pub(crate) fn insert(
        &self,
        migration: &Migration,
        success: bool,
        nanoseconds: impl fmt::Display,
    ) -> String {
        format!(
            "insert into {} (version, description, success, checksum, execution_time)\n\
             values ({}, {}, {success}, pg_catalog.decode('{}', 'hex'), {nanoseconds})",
            self.table(),
            migration.version(),
            literal(migration.description()),
            migration.checksum(),
        )
    }

    /// Ends what [`Ledger::insert`] began. What had not run yet may have been edited since.
    pub(crate) fn complete(&self, migration: &Migration, nanoseconds: impl fmt::Display) -> String {
        format!(
            "update {}\nset success = true, execution_time = {nanoseconds}, \
             checksum = pg_catalog.decode('{}', 'hex')\nwhere version = {}",
            self.table(),
            migration.checksum(),
            migration.version()
        )
    }

    /// Says of what is applied that its way back has begun.
    pub(crate) fn reopen(&self, version: Version) -> String {
        let table = self.table();
        format!("update {table}\nset success = false\nwhere version = {version}")
    }

    /// Takes that back: nothing of it has run.
    pub(crate) fn close_again(&self, version: Version) -> String {
        let table = self.table();
        format!("update {table}\nset success = true\nwhere version = {version}")
    }

    /// Of what was taken back.
    pub(crate) fn remove(&self, version: Version) -> String {
        format!("delete from {}\nwhere version = {version}", self.table())
    }

    /// Of a file that was edited on purpose.
    pub(crate) fn set_checksum(&self, migration: &Migration) -> String {
        format!(
            "update {}\nset checksum = pg_catalog.decode('{}', 'hex')\nwhere version = {}",
            self.table(),
            migration.checksum(),
            migration.version()
        )
    }

    /// Of what a squash stands for.
    pub(crate) fn retire(&self, versions: &[Version]) -> String {
        let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
        let table = self.table();
        format!(
            "delete from {table} where version in ({})",
            versions.join(", ")
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
