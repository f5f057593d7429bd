use std::any::Any;
use std::collections::BTreeMap;

use howdah_ident::{DatabaseName, RoleName};
use howdah_pool::Login;
use howdah_secrets::Secret;
use tokio::sync::OnceCell;

use crate::{Error, container, local, named};

static SHARED: OnceCell<TestServer> = OnceCell::const_new();

/// A PostgreSQL server to test on.
pub struct TestServer {
    superuser: Login,
    /// Ends the server when it is dropped, or when this process ends.
    _keep: Option<Box<dyn Any + Send + Sync>>,
}

impl TestServer {
    /// The server of this test process, started when it is first asked for: the one that `HOWDAH_TEST_SERVER` names,
    /// else by `HOWDAH_TEST_BACKEND` (`local`, `container` or `auto`). `auto`, the default, takes local binaries when
    /// there are some, because they start faster, and a container otherwise.
    ///
    /// # Errors
    /// [`Error::NoServer`] with how to get one, [`Error::Variable`].
    pub async fn shared() -> Result<&'static Self, Error> {
        SHARED.get_or_try_init(Self::start).await
    }

    /// A server of its own from binaries of this machine.
    ///
    /// # Errors
    /// [`Error::NoServer`].
    pub async fn local() -> Result<Self, Error> {
        local::start(&environment()).await
    }

    /// A server of its own in a container, from the image that `HOWDAH_TEST_IMAGE` names (`postgres:17-alpine`).
    ///
    /// # Errors
    /// [`Error::NoServer`].
    pub async fn container() -> Result<Self, Error> {
        let environment = environment();
        let image = environment
            .get("HOWDAH_TEST_IMAGE")
            .map_or("postgres:17-alpine", String::as_str);
        container::start(image).await
    }

    async fn start() -> Result<Self, Error> {
        let environment = environment();
        if let Some(url) = environment.get("HOWDAH_TEST_SERVER") {
            return named::parse(url);
        }
        let wanted = environment.get("HOWDAH_TEST_BACKEND");
        let local = match wanted.map_or("auto", String::as_str) {
            "local" => true,
            "container" => false,
            "auto" | "" => local::is_there(&environment).await,
            _ => {
                return Err(Error::Variable {
                    variable: "HOWDAH_TEST_BACKEND",
                    why: "must be local, container or auto",
                });
            }
        };
        if local {
            Self::local().await
        } else {
            Self::container().await
        }
    }

    pub(crate) fn new(
        host: &str,
        port: u16,
        superuser: &str,
        password: Secret,
        keep: Option<Box<dyn Any + Send + Sync>>,
    ) -> Result<Self, Error> {
        const STEP: &str = "naming the server's superuser";
        let user: RoleName = superuser.parse().map_err(Error::step(STEP))?;
        let database: DatabaseName = "postgres".parse().map_err(Error::step(STEP))?;
        let mut login = Login::local(port, database, user, password);
        host.clone_into(&mut login.host.host);
        "howdah-testkit".clone_into(&mut login.session.application_name);
        Ok(Self {
            superuser: login,
            _keep: keep,
        })
    }

    /// The server's superuser, in this database.
    pub fn superuser(&self, database: DatabaseName) -> Login {
        self.superuser.clone().with_database(database)
    }
}

impl std::fmt::Debug for TestServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TestServer({})", self.superuser.target())
    }
}

/// Tests are run by a person or by CI; their environment is how both choose the server.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no caller that could hand the environment over"
)]
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
