use std::error::Error as StdError;
use std::time::Duration;

use howdah_pool::{Login, Pool, PoolOptions, Timing};
use howdah_testkit::fault::Backends;
use howdah_testkit::{As, TestDatabase, TestServer};

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn StdError + Send + Sync>>;

/// Longer than anything here takes, for what must not take for ever.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A database with roles of its own: what is done to its app concerns no other test.
pub(crate) async fn database() -> Result<TestDatabase> {
    Ok(TestDatabase::with_roles(TestServer::shared().await?).await?)
}

/// Settings with this many connections, none of them beyond the size.
pub(crate) fn size(size: u32) -> howdah_config::Pool {
    let mut settings = howdah_config::Pool::default();
    settings.size = size;
    settings.overflow = 0;
    settings.acquire_timeout = Duration::from_secs(10);
    settings
}

/// A pool of the app's, of this size.
pub(crate) fn pool(database: &TestDatabase, connections: u32) -> Result<Pool> {
    Ok(Pool::lazy(&database.login(As::App), &size(connections))?)
}

/// With deadlines of its own.
pub(crate) fn timed(login: &Login, settings: &howdah_config::Pool, timing: Timing) -> Result<Pool> {
    Ok(PoolOptions::new(login, settings).timing(timing).lazy()?)
}

/// What the server knows of the app's sessions.
pub(crate) fn backends(database: &TestDatabase) -> Backends {
    Backends::of(&database.login(As::Superuser)).with_user(&database.login(As::App).user)
}

/// `select 1` on the pool itself.
pub(crate) async fn one(pool: &Pool) -> sqlx::Result<i32> {
    sqlx::query_scalar("select 1").fetch_one(pool).await
}

/// Waits until the pool looks like this.
pub(crate) async fn until(
    pool: &Pool,
    what: &str,
    is_so: impl Fn(&howdah_pool::Status) -> bool + Send + Sync,
) -> Result {
    let waiting = async {
        while !is_so(&pool.status()) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LONG, waiting)
        .await
        .map_err(|_elapsed| format!("waited for {what}; there is {:?}", pool.status()).into())
}
