use howdah_ident::Qualified;
use howdah_pool::{Login, connect};
use sqlx::error::DatabaseError;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::Error;
use super::wait::DEADLINE;

/// More than any server here lets in.
const MOST_SLOTS: usize = 10_000;

/// Sessions that stand in the way until they are released: somebody's forgotten `psql`, a report that runs for hours, a
/// service that takes more connections than its share.
#[derive(Debug)]
#[must_use = "nothing is held any more when this is dropped"]
pub struct Hold {
    sessions: Vec<Session>,
}

#[derive(Debug)]
struct Session {
    connection: PgConnection,
    pid: i32,
}

impl Hold {
    /// A transaction that is open and does nothing.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn transaction(login: &Login) -> Result<Self, Error> {
        // With a snapshot, so that vacuum is in the way of it, too.
        Self::begin(
            login,
            "begin isolation level repeatable read; select 1".to_owned(),
        )
        .await
    }

    /// A table that nobody else can even read (`access exclusive`), as while a migration runs.
    ///
    /// # Errors
    /// [`Error::Step`]; it does not wait for a lock that somebody else has, but fails with 55P03.
    pub async fn table(login: &Login, table: &Qualified) -> Result<Self, Error> {
        let statement = format!("begin; lock table {table} in access exclusive mode nowait");
        Self::begin(login, statement).await
    }

    /// An advisory lock, as of a migration that runs elsewhere.
    ///
    /// # Errors
    /// [`Error::Step`], also if somebody else has it.
    pub async fn advisory_lock(login: &Login, key: i64) -> Result<Self, Error> {
        let mut session = Session::new(login).await.map_err(Error::step(STEP))?;
        let got: bool = sqlx::query_scalar("select pg_catalog.pg_try_advisory_lock($1)")
            .bind(key)
            .fetch_one(&mut session.connection)
            .await
            .map_err(Error::step(STEP))?;
        if got {
            return Ok(session.into());
        }
        Err(Error::step(STEP)("somebody else has the advisory lock"))
    }

    /// All connections that this login can get, but `free` of them: other services have taken the rest. The next ones
    /// fail with 53300. Superusers have slots of their own, so the login should not be one; and whoever else uses the
    /// server has to do without, so it should be one of the test's own.
    ///
    /// # Errors
    /// [`Error::Step`] if a connection fails for another reason than 53300.
    pub async fn connections(login: &Login, free: usize) -> Result<Self, Error> {
        let mut sessions = Vec::new();
        while sessions.len() < MOST_SLOTS {
            match Session::new(login).await {
                Ok(session) => sessions.push(session),
                Err(error) if is_full(&*error) => break,
                Err(error) => return Err(Error::step("taking all connections")(error)),
            }
        }
        let kept = sessions.len().saturating_sub(free);
        Self {
            sessions: sessions.split_off(kept),
        }
        .release()
        .await?;
        Ok(Self { sessions })
    }

    /// The sessions, as the server names them.
    pub fn pids(&self) -> Vec<i32> {
        self.sessions.iter().map(|session| session.pid).collect()
    }

    /// Ends the sessions, and returns when the server has let go of what they held. Dropping does the same, a little
    /// later.
    ///
    /// # Errors
    /// [`Error::Step`], for instance if somebody else has ended them; [`Error::Deadline`].
    pub async fn release(self) -> Result<(), Error> {
        for mut session in self.sessions {
            let ended = async {
                sqlx::raw_sql("rollback; select pg_catalog.pg_advisory_unlock_all()")
                    .execute(&mut session.connection)
                    .await?;
                session.connection.close().await
            };
            let limited = tokio::time::timeout(DEADLINE, ended).await;
            let ended = limited.map_err(|_elapsed| Error::Deadline {
                what: "a held session to end".to_owned(),
                limit: DEADLINE,
                there: "no answer".to_owned(),
            })?;
            ended.map_err(Error::step("ending a held session"))?;
        }
        Ok(())
    }

    async fn begin(login: &Login, statement: String) -> Result<Self, Error> {
        let mut session = Session::new(login).await.map_err(Error::step(STEP))?;
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut session.connection)
            .await
            .map_err(Error::step(STEP))?;
        Ok(session.into())
    }
}

const STEP: &str = "opening a session that holds something";

impl From<Session> for Hold {
    fn from(session: Session) -> Self {
        Self {
            sessions: vec![session],
        }
    }
}

impl Session {
    async fn new(login: &Login) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let mut connection = connect(login).await?;
        let pid = sqlx::query_scalar("select pg_catalog.pg_backend_pid()")
            .fetch_one(&mut connection)
            .await?;
        Ok(Self { connection, pid })
    }
}

/// 53300: too many connections, of the server, the role or the database.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(|cause| {
        let boxed = cause.downcast_ref::<Box<sqlx::Error>>().map(Box::as_ref);
        let error = cause.downcast_ref::<sqlx::Error>().or(boxed);
        let error = error.and_then(sqlx::Error::as_database_error);
        error.and_then(DatabaseError::code).as_deref() == Some("53300")
    })
}
