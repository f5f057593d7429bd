use super::no_transaction::Work;
use crate::run::Run;
use crate::simple_query::run;
use crate::{Error, Failure};

impl Run<'_> {
    /// Who the file was when its statement began: the entries of the log are written as the owner, and a lock that was
    /// not free leaves the session as the owner, too. Nothing of a file that says nothing about it.
    pub(super) async fn take_role(&mut self, work: &Work<'_>) -> Result<(), Error> {
        for statement in work.roles {
            run(&mut self.conn, statement.source())
                .await
                .map_err(|error| Error::Migration {
                    failure: Box::new(Failure::of_statement(work.migration, statement, &error)),
                })?;
        }
        Ok(())
    }
}
