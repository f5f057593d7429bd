use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use howdah_ident::DatabaseName;
use howdah_pool::Login;
use tokio::sync::OnceCell;

use crate::admin::Admin;
use crate::share::{alone, share};
use crate::variables::{self, Backend};
use crate::wanted::Wanted;
use crate::{Error, named, runtime};

/// The servers of this process that others may use too, each started when it is first asked for.
static SHARED: LazyLock<Mutex<BTreeMap<Wanted, &'static OnceCell<TestServer>>>> =
    LazyLock::new(Mutex::default);

/// A PostgreSQL server to test on.
pub struct TestServer {
    admin: Arc<Admin>,
    pid: Option<u32>,
    container: Option<String>,
}

/// What a backend has to say of a server that runs.
pub(crate) struct Started {
    pub(crate) admin: Admin,
    pub(crate) pid: Option<u32>,
    pub(crate) container: Option<String>,
}

impl TestServer {
    /// The server that all test processes of this checkout share: the one that `HOWDAH_TEST_SERVER` names, else by
    /// `HOWDAH_TEST_BACKEND` (`local`, `container` or `auto`). `auto`, the default, takes a container when an image is
    /// named, local binaries when there are some, because they start faster, and a container otherwise.
    ///
    /// It is started by the first process that asks, and stopped some seconds after the last one has ended.
    ///
    /// # Errors
    /// [`Error::NoServer`] with how to get one, [`Error::Variable`], [`Error::Step`].
    pub async fn shared() -> Result<&'static Self, Error> {
        Self::wanted(&Wanted::default()).await
    }

    /// The shared server of a version, or from an image.
    ///
    /// # Errors
    /// As [`TestServer::shared`]; [`Error::Version`] if a server or an image of another version is named.
    pub async fn wanted(wanted: &Wanted) -> Result<&'static Self, Error> {
        let cell = cell(wanted);
        let wanted = wanted.clone();
        let start = || runtime::run(async move { Self::find(&wanted).await });
        cell.get_or_try_init(start).await
    }

    /// A server of its own from binaries of this machine. It ends when the value is dropped.
    ///
    /// # Errors
    /// [`Error::NoServer`].
    pub async fn local() -> Result<Self, Error> {
        let mut choice = Wanted::default().choose()?;
        choice.backend = Backend::Local;
        runtime::run(async move { alone(&choice).await.map(Self::from) }).await
    }

    /// A server of its own in a container, from the image that `HOWDAH_TEST_IMAGE` names (`postgres:17-alpine`). It
    /// ends when the value is dropped.
    ///
    /// # Errors
    /// [`Error::NoServer`].
    pub async fn container() -> Result<Self, Error> {
        let mut choice = Wanted::default().choose()?;
        choice.backend = Backend::Container;
        runtime::run(async move { alone(&choice).await.map(Self::from) }).await
    }

    /// The running server at this URL, `postgres://superuser:password@host:port/postgres`. The kit changes none of its
    /// settings and stops nothing.
    ///
    /// # Errors
    /// [`Error::Variable`] if the URL cannot be used, [`Error::Step`] if nobody answers there.
    pub async fn at(url: &str) -> Result<Self, Error> {
        let url = url.to_owned();
        runtime::run(async move { named::start(&url).await.map(Self::from) }).await
    }

    async fn find(wanted: &Wanted) -> Result<Self, Error> {
        if let Some(url) = variables::server() {
            let server = Self::from(named::start(url).await?);
            return server.check_version(wanted);
        }
        share(&wanted.choose()?).await.map(Self::from)
    }

    fn check_version(self, wanted: &Wanted) -> Result<Self, Error> {
        let found = self.major();
        let version = match wanted.version {
            Some(version) => Some(version),
            None => variables::major()?,
        };
        match version.filter(|version| *version != found) {
            Some(wanted) => Err(Error::Version { wanted, found }),
            None => Ok(self),
        }
    }

    /// The server's superuser, in this database.
    pub fn superuser(&self, database: DatabaseName) -> Login {
        self.admin.login().clone().with_database(database)
    }

    /// The server's major version.
    pub fn major(&self) -> u16 {
        self.admin.major()
    }

    /// The server's process, if it is one of this machine that the kit started.
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// The server's container, if it is one that the kit started.
    pub fn container_id(&self) -> Option<&str> {
        self.container.as_deref()
    }

    pub(crate) fn admin(&self) -> &Arc<Admin> {
        &self.admin
    }
}

fn cell(wanted: &Wanted) -> &'static OnceCell<TestServer> {
    let mut shared = match SHARED.lock() {
        Ok(shared) => shared,
        Err(poisoned) => poisoned.into_inner(),
    };
    // For the rest of the process: other tests hold references to what is in it.
    shared
        .entry(wanted.clone())
        .or_insert_with(|| Box::leak(Box::default()))
}

impl From<Started> for TestServer {
    fn from(started: Started) -> Self {
        Self {
            admin: Arc::new(started.admin),
            pid: started.pid,
            container: started.container,
        }
    }
}

impl std::fmt::Debug for TestServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TestServer({})", self.admin.login().target())
    }
}
