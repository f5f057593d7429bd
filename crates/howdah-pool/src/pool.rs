use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::time::{sleep_until, timeout};

use crate::connect::check_supported;
use crate::shared::Shared;
use crate::{
    Credential, Credentials, Error, Login, PoolConnection, Status, Timing, Transaction, Usage,
    acquire, maintain,
};

/// How long [`Pool::close`] waits for connections that are still in use.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// A pool of connections. Clones share it; when the last one and the last connection are dropped, it is gone.
///
/// Queries run on `&Pool` itself, with sqlx's own functions: `sqlx::query("select 1").execute(&pool)`.
#[derive(Debug, Clone)]
pub struct Pool {
    shared: Arc<Shared>,
    sqlx: Arc<OnceLock<PgPool>>,
}

/// What a pool is made of, where the defaults of [`Pool::open`] do not do.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    login: Login,
    settings: howdah_config::Pool,
    credentials: Credentials,
    timing: Timing,
}

impl PoolOptions {
    /// With this login and these settings.
    pub fn new(login: &Login, settings: &howdah_config::Pool) -> Self {
        let credential = Credential::new(login.user.clone(), login.password.clone());
        Self {
            login: login.clone(),
            settings: settings.clone(),
            credentials: Credentials::fixed(credential),
            timing: Timing::default(),
        }
    }

    /// Role and password from here, in place of those of the login.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Deadlines and pauses.
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// As [`Pool::open`].
    ///
    /// # Errors
    /// As there.
    pub async fn open(self) -> Result<Pool, Error> {
        let pool = self.lazy()?;
        let opened = pool.acquire().await;
        if opened.is_err() {
            pool.shared.close();
        }
        opened.map(|_first| pool)
    }

    /// As [`Pool::lazy`].
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn lazy(self) -> Result<Pool, Error> {
        check_supported(&self.login)?;
        let shared = Arc::new(Shared::new(
            self.login,
            self.credentials,
            self.settings,
            self.timing,
        ));
        maintain::begin(&shared);
        Ok(Pool {
            shared,
            sqlx: Arc::new(OnceLock::new()),
        })
    }
}

impl Pool {
    /// Makes one connection to find out that it works, and keeps it; others follow when they are needed.
    ///
    /// # Errors
    /// Those of [`connect`](crate::connect()), [`Error::Schema`] when the login names a schema that is not there for it,
    /// and [`Error::Unavailable`] when the server could not be reached for [`Timing::fail_fast_after`].
    pub async fn open(login: &Login, settings: &howdah_config::Pool) -> Result<Self, Error> {
        PoolOptions::new(login, settings).open().await
    }

    /// Opens the pool without a connection: what is wrong with the login is found by the first one.
    ///
    /// # Errors
    /// [`Error::TlsNotCompiled`] or [`Error::Unsupported`].
    ///
    /// # Panics
    /// Outside of a Tokio runtime, on which connections are made, rolled back and replaced.
    pub fn lazy(login: &Login, settings: &howdah_config::Pool) -> Result<Self, Error> {
        PoolOptions::new(login, settings).lazy()
    }

    /// A connection, after at most `pool.acquire_timeout`. Callers are served in the order in which they came.
    ///
    /// # Errors
    /// [`Error::AcquireTimeout`], [`Error::Unavailable`], [`Error::Closed`], or why the first connection could not be
    /// made.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = Result<PoolConnection, Error>> + Send + '_ {
        acquire::acquire(&self.shared, Some(Location::caller()))
    }

    /// A connection in a transaction. When this is dropped before it is done, nothing stays open on the server.
    ///
    /// # Errors
    /// Those of [`acquire`](Self::acquire), and [`Error::Transaction`].
    #[track_caller]
    pub fn begin(&self) -> impl Future<Output = Result<Transaction, Error>> + Send + '_ {
        Transaction::begin(self, Some(Location::caller()))
    }

    /// What the pool has done since it began, and what it does now.
    pub fn status(&self) -> Status {
        Status::of(&self.shared)
    }

    /// A pool of the driver's own, for crates that take one, with the same settings. Its connections come on top of
    /// this pool's.
    pub fn sqlx(&self) -> &PgPool {
        self.sqlx.get_or_init(|| {
            let settings = &self.shared.settings;
            PgPoolOptions::new()
                .min_connections(0)
                .max_connections(settings.max_open())
                .acquire_timeout(settings.acquire_timeout)
                .max_lifetime(settings.max_lifetime)
                .idle_timeout(settings.idle_timeout)
                .connect_lazy_with(self.shared.login.options())
        })
    }

    /// Gives out no more connections and waits at most 10 s for those in use.
    ///
    /// # Errors
    /// [`Error::CloseTimeout`]; the pool is closed all the same.
    pub async fn close(&self) -> Result<(), Error> {
        self.close_within(CLOSE_LIMIT).await
    }

    /// Gives out no more connections and waits for those in use. What still runs at the end of that time is cancelled on
    /// the server.
    ///
    /// # Errors
    /// [`Error::CloseTimeout`] with those who still had one; the pool is closed all the same.
    pub async fn close_within(&self, limit: Duration) -> Result<(), Error> {
        let deadline = Instant::now().checked_add(limit);
        self.shared.close();
        if let Some(sqlx) = self.sqlx.get() {
            drop(timeout(limit, sqlx.close()).await);
        }
        if self.shared.emptied(deadline).await {
            self.shared.control.close().await;
            return Ok(());
        }
        let usage = self.shared.state().usage(Instant::now());
        self.shared.cancel_all(&usage).await;
        Err(Error::CloseTimeout {
            limit,
            usage: Box::new(usage),
        })
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Shared {
    /// From here on nobody is given a connection, and idle ones are closed.
    fn close(self: &Arc<Self>) {
        let idle = {
            let mut state = self.state();
            state.closing = true;
            std::mem::take(&mut state.idle)
        };
        let now = Instant::now();
        for session in idle {
            self.lose(session, crate::closed::Reason::Shutdown, now);
        }
        let closed = Arc::new(self.closed_error());
        self.state().refuse_all(&closed);
    }

    /// What runs on these connections ends on the server.
    async fn cancel_all(&self, usage: &Usage) {
        let all = async {
            for holder in &usage.holders {
                self.control.cancel(self, holder.pid).await;
            }
            self.control.close().await;
        };
        // Those that do not end hold on to their own time limits.
        drop(timeout(self.timing.release, all).await);
    }

    /// Whether every connection came back in time.
    async fn emptied(&self, deadline: Option<Instant>) -> bool {
        loop {
            let returned = self.returned.notified();
            if self.state().open == 0 {
                return true;
            }
            tokio::select! {
                () = returned => {}
                () = sleep_until(deadline.unwrap_or_else(Instant::now).into()) => return false,
            }
        }
    }
}
