use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::backoff::Backoff;
use crate::{Connector, Error, Event, Migrator, Mode, OnFailure, Report, Step};

/// What a service that starts does about its migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Startup {
    /// Whether it applies them. Default [`Mode::Auto`].
    pub mode: Mode,
    /// What becomes of the service if that does not work. Default [`OnFailure::Abort`].
    pub on_failure: OnFailure,
    /// How long to wait for a server that does not answer yet, or has no room. Default 30 seconds.
    pub patience: Duration,
}

/// What was done, and what the service has to know.
#[derive(Debug)]
#[non_exhaustive]
pub enum Started {
    /// Nobody looked.
    Off,
    /// Nothing is pending.
    UpToDate,
    /// These were applied, and nothing is pending.
    Applied(Report),
    /// The service was to start all the same: it is degraded.
    #[non_exhaustive]
    Degraded {
        /// Why.
        error: Error,
        /// What is still pending, as far as that can be known.
        pending: Vec<Step>,
    },
}

impl Default for Startup {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            on_failure: OnFailure::default(),
            patience: Duration::from_secs(30),
        }
    }
}

#[cfg(feature = "config")]
impl Startup {
    /// As the settings say, whose defaults are those of their environment: production only checks.
    pub fn of(database: &howdah_config::Database) -> Self {
        use howdah_config::{MigrationsMode, OnFailure as Setting};
        Self {
            mode: match database.migrations.mode {
                MigrationsMode::Auto => Mode::Auto,
                MigrationsMode::Check => Mode::Check,
                MigrationsMode::Off => Mode::Off,
            },
            on_failure: match database.migrations.on_failure {
                Setting::Abort => OnFailure::Abort,
                Setting::Continue => OnFailure::Continue,
            },
            ..Self::default()
        }
    }
}

impl Migrator {
    /// The one call of a service that starts: applies what is pending, or only looks, as `startup` says.
    ///
    /// A server that is not there yet is waited for. Replicas may call it together: each migration runs once, and
    /// whoever comes later finds nothing to do.
    ///
    /// # Errors
    /// With [`OnFailure::Abort`], those of [`Migrator::apply`], and with [`Mode::Check`] those of [`Migrator::plan`] and
    /// [`Error::Pending`]. With [`OnFailure::Continue`] none: see [`Started::Degraded`].
    pub async fn run_at_startup(
        &self,
        connector: impl Into<Connector> + Send,
        startup: &Startup,
        mut on_event: impl FnMut(Event<'_>) + Send,
    ) -> Result<Started, Error> {
        let connector = connector.into();
        let error = match self.start(&connector, startup, &mut on_event).await {
            Err(error) if startup.on_failure == OnFailure::Continue => error,
            result => return result,
        };
        tracing::error!(%error, "the migrations failed, and the service starts all the same");
        let pending = match &error {
            Error::Pending { steps, .. } => steps.clone(),
            _ => self.pending(&connector).await.unwrap_or_default(),
        };
        Ok(Started::Degraded { error, pending })
    }

    async fn start(
        &self,
        connector: &Connector,
        startup: &Startup,
        on_event: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<Started, Error> {
        let begun = Instant::now();
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));
        loop {
            let result = match startup.mode {
                Mode::Off => return Ok(Started::Off),
                Mode::Auto => self.apply(connector, &mut *on_event).await.map(Some),
                Mode::Check => self.check(connector).await.map(|()| None),
            };
            let delay = backoff.delay();
            match result {
                Err(error @ Error::Connect { .. })
                    if error.is_retryable() && begun.elapsed() + delay < startup.patience =>
                {
                    tracing::info!(%error, "waiting for the server");
                    self.stop.or(sleep(delay)).await?;
                }
                Err(error) => return Err(error),
                Ok(Some(report)) if !report.applied.is_empty() || !report.replaced.is_empty() => {
                    return Ok(Started::Applied(report));
                }
                Ok(_) => return Ok(Started::UpToDate),
            }
        }
    }

    async fn check(&self, connector: &Connector) -> Result<(), Error> {
        let steps = self.pending(connector).await?;
        if steps.is_empty() {
            return Ok(());
        }
        let schema = self.options.schema.clone();
        Err(Error::Pending { schema, steps })
    }

    async fn pending(&self, connector: &Connector) -> Result<Vec<Step>, Error> {
        let mut conn = connector.connect().await?;
        let plan = self.plan(&mut conn).await;
        let closed = sqlx::Connection::close(conn).await;
        tracing::trace!(?closed, "closed the connection that was opened to look");
        plan.map(|plan| plan.pending().to_vec())
    }
}

impl Started {
    /// Whether the service should say of itself that not all is well.
    pub fn is_degraded(&self) -> bool {
        matches!(self, Self::Degraded { .. })
    }
}

impl fmt::Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("migrations are off"),
            Self::UpToDate => f.write_str("no migration is pending"),
            Self::Applied(report) => report.fmt(f),
            Self::Degraded { error, pending } => {
                write!(f, "degraded: {error}; {} pending", pending.len())
            }
        }
    }
}

#[cfg(all(test, feature = "config"))]
mod tests {
    use super::*;

    #[test]
    fn the_settings_say_what_a_service_does() {
        let mut database = howdah_config::Database::default();
        let startup = Startup::of(&database);
        assert_eq!(startup, Startup::default());
        database.migrations.mode = howdah_config::MigrationsMode::Check;
        database.migrations.on_failure = howdah_config::OnFailure::Continue;
        let startup = Startup::of(&database);
        assert_eq!(
            (startup.mode, startup.on_failure),
            (Mode::Check, OnFailure::Continue)
        );
    }
}
