mod backend;
mod signal;

use std::time::Duration;

use howdah_ident::RoleName;
use howdah_pool::{Login, connect};
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use super::Error;
use super::wait::{DEADLINE, Look, until};
use backend::describe;

pub use backend::{Backend, Doing};
pub use signal::Frozen;
pub(crate) use signal::Processes;

/// The sessions of one database, seen and ended by somebody who may.
///
/// It connects anew for each look, so it is in nobody's way and sees through nobody's fault; its own sessions are not
/// among those it sees.
#[derive(Debug, Clone)]
pub struct Backends {
    observer: Login,
    user: Option<RoleName>,
    application_name: Option<String>,
    pid: Option<i32>,
    limit: Duration,
}

impl Backends {
    /// All sessions of the database that `observer` logs in to. The observer has to see and to end them: a superuser, or
    /// a member of `pg_read_all_stats` and `pg_signal_backend`.
    pub fn of(observer: &Login) -> Self {
        Self {
            observer: observer.clone(),
            user: None,
            application_name: None,
            pid: None,
            limit: DEADLINE,
        }
    }

    /// Only those of this role.
    #[must_use]
    pub fn with_user(mut self, user: &RoleName) -> Self {
        self.user = Some(user.clone());
        self
    }

    /// Only those that call themselves this.
    #[must_use]
    pub fn with_application_name(mut self, name: &str) -> Self {
        self.application_name = Some(name.to_owned());
        self
    }

    /// Only this one, as `pg_backend_pid()` names it.
    #[must_use]
    pub fn with_pid(mut self, pid: i32) -> Self {
        self.pid = Some(pid);
        self
    }

    /// How long to wait at most; half a minute is the default.
    #[must_use]
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Those that are there now, the oldest first.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn list(&self) -> Result<Vec<Backend>, Error> {
        self.seen_by(&mut self.connect().await?).await
    }

    /// Waits until exactly so many are there; 0 waits until all are gone.
    ///
    /// # Errors
    /// [`Error::Deadline`] with those that were there instead, [`Error::Step`].
    pub async fn wait_for(&self, count: usize) -> Result<Vec<Backend>, Error> {
        let what = format!("{count} sessions");
        self.wait_until(&what, |there| there.len() == count).await
    }

    /// Waits until one of them does this.
    ///
    /// # Errors
    /// [`Error::Deadline`] with what they did instead, [`Error::Step`].
    pub async fn wait_for_one(&self, doing: Doing) -> Result<Backend, Error> {
        let what = format!("a session that is {doing:?}");
        let one = |there: &[Backend]| there.iter().find(|one| one.doing == doing).cloned();
        let mut connection = self.connect().await?;
        self.look(&what, &mut connection, &one).await
    }

    /// Waits until they are as wanted; `what` names it in the error.
    ///
    /// # Errors
    /// [`Error::Deadline`] with what was there instead, [`Error::Step`].
    pub async fn wait_until(
        &self,
        what: &str,
        wanted: impl Fn(&[Backend]) -> bool + Send + Sync,
    ) -> Result<Vec<Backend>, Error> {
        let mut connection = self.connect().await?;
        let all = |there: &[Backend]| wanted(there).then(|| there.to_vec());
        self.look(what, &mut connection, &all).await
    }

    /// Ends the sessions, as an administrator or a failover does: each client finds its connection closed, with 57P01.
    /// Returns when they are gone, with those that were ended.
    ///
    /// # Errors
    /// [`Error::Deadline`], for instance for a process that is frozen; [`Error::Step`].
    pub async fn terminate(&self) -> Result<Vec<Backend>, Error> {
        let mut connection = self.connect().await?;
        let ended = self.seen_by(&mut connection).await?;
        for Backend { pid, .. } in &ended {
            call(&mut connection, "pg_terminate_backend", *pid).await?;
        }
        let gone = |there: &[Backend]| {
            let left = there
                .iter()
                .any(|one| ended.iter().any(|old| old.pid == one.pid));
            (!left).then_some(())
        };
        self.look("the terminated sessions to be gone", &mut connection, &gone)
            .await?;
        Ok(ended)
    }

    /// Cancels the statements that they run, as an administrator or a driver does: each fails with 57014. Returns those
    /// that were told; one that runs no statement does not notice.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn cancel(&self) -> Result<Vec<Backend>, Error> {
        let mut connection = self.connect().await?;
        let told = self.seen_by(&mut connection).await?;
        for Backend { pid, .. } in &told {
            call(&mut connection, "pg_cancel_backend", *pid).await?;
        }
        Ok(told)
    }

    /// Kills one of them with signal 9, as the kernel does when memory runs out: PostgreSQL ends all sessions and
    /// recovers, because its shared memory may be damaged. Returns when it lets sessions in again. For a server of the
    /// test's own only.
    ///
    /// # Errors
    /// [`Error::NoSuchProcess`] if the server is not a process of this machine or there is no session,
    /// [`Error::Deadline`] if it does not recover, [`Error::Step`].
    pub async fn kill_one(&self) -> Result<(), Error> {
        let (processes, connection) = self.processes().await?;
        processes.kill_first()?;
        crashed(connection, self.limit).await?;
        until("the server to recover", self.limit, || async {
            Ok(match connect(&self.observer).await {
                Ok(_recovered) => Look::There(()),
                Err(error) => Look::NotYet(error.to_string()),
            })
        })
        .await
    }

    /// Stops them as they are, until the returned value is dropped: peers that hold their connection and say nothing, as
    /// on a host that hangs. What they hold (locks, slots) stays held.
    ///
    /// # Errors
    /// [`Error::NoSuchProcess`] if the server is not a process of this machine or there is no session, [`Error::Step`].
    pub async fn freeze(&self) -> Result<Frozen, Error> {
        self.processes().await?.0.freeze()
    }

    async fn processes(&self) -> Result<(Processes, PgConnection), Error> {
        let mut connection = self.connect().await?;
        let pids = self.seen_by(&mut connection).await?;
        let pids = pids.into_iter().map(|one| one.pid).collect();
        let processes = Processes::find(&self.observer, &mut connection, pids).await?;
        Ok((processes, connection))
    }

    async fn connect(&self) -> Result<PgConnection, Error> {
        connect(&self.observer)
            .await
            .map_err(Error::step("connecting, to look at sessions"))
    }

    async fn look<T>(
        &self,
        what: &str,
        connection: &mut PgConnection,
        wanted: &(dyn Fn(&[Backend]) -> Option<T> + Sync),
    ) -> Result<T, Error> {
        let connection = tokio::sync::Mutex::new(connection);
        until(what, self.limit, || async {
            let there = self.seen_by(*connection.lock().await).await?;
            Ok(match wanted(&there) {
                Some(found) => Look::There(found),
                None => Look::NotYet(describe(&there)),
            })
        })
        .await
    }

    async fn seen_by(&self, connection: &mut PgConnection) -> Result<Vec<Backend>, Error> {
        let rows = sqlx::query(include_str!("backends/list.sql"))
            .bind(self.user.as_ref().map(RoleName::as_str))
            .bind(&self.application_name)
            .bind(self.pid)
            .fetch_all(connection)
            .await;
        let backends = rows.and_then(|rows| rows.iter().map(Backend::read).collect());
        backends.map_err(Error::step("looking at sessions"))
    }
}

/// Returns when the server has ended this session, as it does with all of them after a crash.
async fn crashed(mut connection: PgConnection, limit: Duration) -> Result<(), Error> {
    let sleep = sqlx::raw_sql("select pg_catalog.pg_sleep(3600)").execute(&mut connection);
    match timeout(limit, sleep).await {
        Ok(Err(_ended)) => Ok(()),
        _ => Err(Error::Deadline {
            what: "the server to notice that a session was killed".to_owned(),
            limit,
            there: "a server that goes on".to_owned(),
        }),
    }
}

async fn call(connection: &mut PgConnection, function: &str, pid: i32) -> Result<(), Error> {
    let statement = format!("select pg_catalog.{function}({pid})");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(connection)
        .await
        .map_err(Error::step("signalling a session through the server"))?;
    Ok(())
}
