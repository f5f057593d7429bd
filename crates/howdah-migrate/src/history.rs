use howdah_ident::Ident;
use sqlx::PgConnection;

use crate::ledger::Ledger;
use crate::log::Log;
use crate::simple_query::rows;
use crate::{Entry, Error};

impl Ledger<'_> {
    /// All entries of the log, if there is one.
    pub(crate) async fn history(
        &self,
        conn: &mut PgConnection,
        log: &Log<'_>,
    ) -> Result<Vec<Entry>, Error> {
        let probe = self.probe(conn).await?;
        if !probe.contents.log_exists {
            return Ok(Vec::new());
        }
        let table = log.table();
        let needs = if probe.log_readable {
            String::new()
        } else {
            needs(&table, &probe.reader)
        };
        let doing = || Error::doing(format!("read the log {table}{needs}"));
        let reader = self.reader((!probe.log_readable).then_some(probe.role));
        let found = rows(conn, reader.reading(&log.history()))
            .await
            .map_err(doing())?;
        let entries = found.iter().map(Entry::from_row).collect::<Result<_, _>>();
        entries.map_err(doing())
    }
}

/// Who may read the ledger alone may plan, and expects the same here.
fn needs(table: &str, reader: &str) -> String {
    let reader = Ident::new(reader).map_or_else(|_| "it".to_owned(), |name| name.to_string());
    format!(
        " (it needs usage on the schema, and `grant select on {table} to {reader}`; what is applied, `status` reads \
         from the ledger alone)"
    )
}
