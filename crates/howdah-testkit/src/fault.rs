//! Faults: what networks, servers, administrators and schedulers do to a service, done on purpose and to the point.
//!
//! Each item stands for something that happens in production. A fault is there while its value is there: dropped, also
//! by a test that fails, it is over. Every wait has a deadline, and its error says what it waited for and what was there
//! instead. Nothing here uses a fixed port, and all of it works side by side in parallel tests; what hits a whole server
//! says so, and wants a server of the test's own ([`TestServer::local`](crate::TestServer::local)).
//!
//! ```no_run
//! use howdah_testkit::fault::{Backends, Cut, Proxy};
//! use howdah_testkit::{As, TestDatabase, TestServer, connect};
//! use sqlx::Connection;
//!
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! let database = TestDatabase::migrated(TestServer::shared().await?, "migrations".as_ref()).await?;
//! let login = database.login(As::App);
//!
//! // The commit is done, and the service cannot know it: the answer is lost on the way back.
//! let proxy = Proxy::in_front_of(&login)?;
//! let mut connection = connect(&proxy.login(&login)).await?;
//! let _armed = proxy.arm(Cut::answer_to("COMMIT"));
//! let transaction = connection.begin().await?;
//! assert!(transaction.commit().await.is_err());
//!
//! // An administrator ends the service's sessions.
//! let mut connection = connect(&login).await?;
//! let backends = Backends::of(&database.login(As::Superuser)).with_user(&login.user);
//! backends.terminate().await?;
//! assert!(connection.ping().await.is_err());
//! # Ok(())
//! # }
//! ```
//!
//! | what happens | how it is made |
//! |---|---|
//! | a slow, narrow, jittery or choppy line | [`Proxy::inject`] with a [`Toxic`] |
//! | a peer that vanished without a word (cable, firewall, host) | [`Toxic::BlackHole`], [`Ending::Silence`], [`Backends::freeze`] |
//! | a connection that is reset, closed or half-closed, at any time or at one exact message | [`Proxy::end`], [`Toxic::EndAfter`], [`Proxy::arm`] with a [`Cut`] |
//! | a commit whose outcome nobody knows | [`Cut::answer_to`] |
//! | a server that is down, starting up, full, or something else altogether | [`Proxy::refuse`], [`FakeServer::greets`] |
//! | an error that comes once in a while (deadlock, serialization failure) | [`FakeServer::answers`] |
//! | an administrator, a failover or the out-of-memory killer ends sessions | [`Backends::terminate`], [`Backends::cancel`], [`Backends::kill_one`] |
//! | other services take the connections | [`Limit::role_connections`], [`Limit::database_connections`], [`Hold::connections`] |
//! | a migration or a forgotten `psql` holds locks | [`Hold::table`], [`Hold::advisory_lock`], [`Hold::transaction`] |
//! | a database that lets nobody write | [`Limit::read_only`] |
//! | a failover, with and without a clean end; a standby that lags; two primaries | [`Replicated`] |
//! | a pooler in between | [`PgBouncer`] |
//! | Kubernetes swaps a secret | [`SecretMount::swap`] |
//!
//! A proxy also proves what a service does *not* do: [`Proxy::counts`] counts connections, messages and round trips.

mod backends;
mod background;
mod error;
mod fake_server;
mod hold;
mod home;
mod limit;
mod pgbouncer;
mod proxy;
mod replicated;
mod secret_mount;
mod wait;
mod wire;

pub use backends::{Backend, Backends, Doing, Frozen};
pub use error::Error;
pub use fake_server::{Answer, Cell, FakeServer, Greeting, Refusal, Seen, TlsAnswer};
pub use hold::Hold;
pub use howdah_server::PoolMode;
pub use limit::Limit;
pub use pgbouncer::PgBouncer;
pub use proxy::{Counts, Cut, Ending, Injected, Moment, Proxy, Toxic, Way};
pub use replicated::{Member, Replicated};
pub use secret_mount::SecretMount;
