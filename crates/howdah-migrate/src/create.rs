use crate::run::Run;
use crate::simple_query::{column, rows};
use crate::{Error, Plan, Problem};

impl Run<'_> {
    /// The schema, if it is missing and may be created, the ledger and the log.
    pub(crate) async fn create(&mut self, plan: &Plan) -> Result<(), Error> {
        let options = &self.migrator.options;
        if !plan.schema_exists() && !options.create_schema {
            let message = "it is not there, and these settings do not create one: create it, or mend its name";
            return Err(refused(format!("schema {}", options.schema), message));
        }
        let (ledger, log) = (self.migrator.ledger(), self.migrator.log());
        ledger.create(&mut self.conn, plan, &log).await?;
        self.verify_schema().await
    }

    /// Setting a search path succeeds whatever it names; a schema that the role may not use is passed over silently.
    /// <https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH>
    async fn verify_schema(&mut self) -> Result<(), Error> {
        let doing = || Error::doing("ask for the current schema");
        let sql = "select pg_catalog.current_schema()::pg_catalog.text as schema, \
                   current_user::pg_catalog.text as role";
        let found = rows(&mut self.conn, sql).await.map_err(doing())?;
        let row = found
            .first()
            .ok_or(sqlx::Error::RowNotFound)
            .map_err(doing())?;
        let current: Option<String> = column(row, "schema").map_err(doing())?;
        let role: String = column(row, "role").map_err(doing())?;
        let schema = &self.migrator.options.schema;
        if current.as_deref() == Some(schema.as_str()) {
            return Ok(());
        }
        let message = format!("the role {role} may not use it: grant usage and create on it");
        Err(refused(format!("schema {schema}"), message))
    }
}

fn refused(what: String, message: impl Into<String>) -> Error {
    Error::Refused {
        problems: vec![Problem::new(what, message)],
    }
}
