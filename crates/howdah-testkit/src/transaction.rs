use std::ops::{Deref, DerefMut};

use sqlx::postgres::PgConnection;

use crate::rollback::{Witness, begin};
use crate::{As, Error, Setup, TestServer, runtime};

/// A connection in a transaction that is rolled back, in a database that all such tests of one [`Setup`] share: the
/// option `rollback` without the attribute.
///
/// The transaction has begun, and `begin` on the connection makes a savepoint. A commit is refused by the server. It is
/// rolled back with the value.
///
/// ```no_run
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// use howdah_testkit::{As, Setup};
///
/// let mut app = Setup::new().transaction(As::App).await?;
/// sqlx::query("insert into tenants (slug, name) values ('acme', 'Acme')").execute(&mut *app).await?;
/// app.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestTransaction {
    connection: PgConnection,
    /// Until it has been asked.
    witness: Option<Witness>,
}

impl Setup {
    /// A transaction of its own on the shared server, as this role.
    ///
    /// # Errors
    /// As [`TestServer::wanted`], and [`Setup::transaction_on`].
    pub async fn transaction(&self, role: As) -> Result<TestTransaction, Error> {
        let server = TestServer::wanted(&self.server).await?;
        self.transaction_on(server, role).await
    }

    /// A transaction of its own on this server, as this role.
    ///
    /// # Errors
    /// [`Error::Setup`] with [`Roles::Own`](crate::Roles::Own), which are the whole server's; else as
    /// [`Setup::database_on`].
    pub async fn transaction_on(
        &self,
        server: &TestServer,
        role: As,
    ) -> Result<TestTransaction, Error> {
        let (connection, witness) = begin(server, self, role).await?;
        Ok(TestTransaction {
            connection,
            witness: Some(witness),
        })
    }
}

impl TestTransaction {
    /// Rolls it back now.
    ///
    /// # Errors
    /// [`Error::Setup`] if it was committed after all, [`Error::Step`] if the server does not answer.
    pub async fn close(mut self) -> Result<(), Error> {
        // The server rolls back what a session leaves open, so what goes wrong here changes nothing.
        drop(sqlx::query("rollback").execute(&mut self.connection).await);
        match self.witness.take() {
            Some(witness) => witness.check().await,
            None => Ok(()),
        }
    }
}

impl Drop for TestTransaction {
    fn drop(&mut self) {
        let Some(witness) = self.witness.take() else {
            return;
        };
        if let Err(error) = runtime::block(witness.check()) {
            tracing::warn!(%error, "a test's transaction was not rolled back");
        }
    }
}

impl Deref for TestTransaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for TestTransaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
