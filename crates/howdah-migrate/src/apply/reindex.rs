use super::no_transaction::Work;
use crate::Error;
use crate::concurrent_reindex::{ConcurrentReindex, Scope};
use crate::fill::fill;
use crate::ledger::literal;
use crate::run::Run;
use crate::simple_query::{column, rows};

/// An invalid index that looks like what a `reindex ... concurrently` leaves.
struct Leftover {
    oid: String,
    /// With its schema, as SQL has it.
    name: String,
}

impl Run<'_> {
    /// The invalid indexes that are there before the statement begins, and so are not its own, for the log.
    pub(super) async fn strangers(&mut self, work: &Work<'_>) -> Result<Option<String>, Error> {
        let Some(reindex) = ConcurrentReindex::of(work.statement) else {
            return Ok(None);
        };
        let found = self.leftovers(reindex).await?;
        let oids: Vec<String> = found.into_iter().map(|one| one.oid).collect();
        Ok((!oids.is_empty()).then(|| oids.join(" ")))
    }

    /// Drops those that came since the statement began. Another session that rebuilds an index of these tables just now
    /// is waited for, because it holds a lock on the table, and what it has made is valid then or has another name.
    pub(super) async fn drop_own_leftovers(
        &mut self,
        work: &Work<'_>,
    ) -> Result<Vec<String>, Error> {
        let Some(reindex) = ConcurrentReindex::of(work.statement) else {
            return Ok(Vec::new());
        };
        let journal = self.journal(work.migration).await?;
        let Some(strangers) = journal.before(work.number) else {
            return Ok(Vec::new());
        };
        let mut dropped = Vec::new();
        for Leftover { oid, name } in self.leftovers(reindex).await? {
            if strangers.split(' ').any(|stranger| stranger == oid) {
                continue;
            }
            self.drop_index(&name).await?;
            dropped.push(name);
        }
        Ok(dropped)
    }

    async fn leftovers(&mut self, reindex: ConcurrentReindex<'_>) -> Result<Vec<Leftover>, Error> {
        let doing = || Error::doing("look for invalid indexes");
        let sql = include_str!("../../sql/reindex_leftovers.sql");
        let sql = fill(sql, &[("tables", &tables(reindex))]);
        let found = rows(&mut self.conn, sql).await.map_err(doing())?;
        let leftover = |row| {
            Ok(Leftover {
                oid: column(row, "id")?,
                name: column(row, "name")?,
            })
        };
        let found: Result<_, sqlx::Error> = found.iter().map(leftover).collect();
        found.map_err(doing())
    }
}

/// Which tables `t` it is about, partitions among them.
fn tables(ConcurrentReindex { scope, name }: ConcurrentReindex<'_>) -> String {
    let relation = format!("pg_catalog.to_regclass({})", literal(name));
    let tree = format!(
        "(select {relation}::pg_catalog.oid union all \
         select relid::pg_catalog.oid from pg_catalog.pg_partition_tree({relation}))"
    );
    match scope {
        Scope::Index => format!(
            "t.oid in (select indrelid from pg_catalog.pg_index where indexrelid in {tree})"
        ),
        Scope::Table => format!("t.oid in {tree}"),
        Scope::Schema => format!(
            "t.relnamespace = pg_catalog.to_regnamespace({})",
            literal(name)
        ),
        Scope::Database => "true".to_owned(),
    }
}
