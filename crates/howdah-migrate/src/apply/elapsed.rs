use std::time::Duration;

use crate::run::Run;
use crate::simple_query::{column, rows};
use crate::{Error, Migration};

impl Run<'_> {
    /// How long what has ended of a migration took in the runs before this one. What they did besides is not in the log.
    pub(super) async fn elapsed_before(
        &mut self,
        migration: &Migration,
    ) -> Result<Duration, Error> {
        let doing = || Error::doing(format!("read the log of {}", migration.file()));
        let sql = self.migrator.log().elapsed(migration.version());
        let found = rows(&mut self.conn, sql).await.map_err(doing())?;
        let nanoseconds: Option<i64> = found
            .first()
            .map(|row| column(row, "elapsed"))
            .transpose()
            .map_err(doing())?;
        let nanoseconds = nanoseconds.and_then(|nanoseconds| u64::try_from(nanoseconds).ok());
        Ok(Duration::from_nanos(nanoseconds.unwrap_or_default()))
    }
}
