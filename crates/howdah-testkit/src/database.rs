use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use howdah_config::{Database, Environment};
use howdah_ident::DatabaseName;
use howdah_pool::{Login, connect};
use howdah_roles::Layout;
use howdah_secrets::{Secret, SecretRef, generate};
use sqlx::postgres::PgConnection;

use crate::admin::Admin;
use crate::blueprint::Blueprint;
use crate::keep::Kept;
use crate::reap::{Doomed, remove};
use crate::setup::{Migrations, Roles, Setup};
use crate::template::{Template, furnish, layout, register};
use crate::{Error, TestServer, clone, keep, names, runtime, sweep};

const STEP: &str = "making the test database";

/// Who connects to a test database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum As {
    /// The server's superuser.
    Superuser,
    /// The role that migrates.
    Migrator,
    /// The role of the service.
    App,
    /// The role that only reads.
    ReadOnly,
}

/// A database of its own, for one test. Clones of the value are the same database.
///
/// It is dropped with the last clone, sessions in it or not. When the test is panicking, it is kept for an hour, and
/// named on standard error with a line for psql; `HOWDAH_TEST_KEEP` says otherwise (`always`, `failure`, `never`).
#[derive(Debug, Clone)]
pub struct TestDatabase {
    inner: Arc<Inner>,
}

/// When a database is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Before anything else happens.
    Now,
    /// When there are many, or with the server: nobody looks at it after an attribute's test.
    Convenient,
}

#[derive(Debug)]
struct Inner {
    admin: Arc<Admin>,
    layout: Layout,
    roles: Roles,
    password: Secret,
    /// The size of its template.
    bytes: i64,
    test: Option<String>,
    done: AtomicBool,
}

impl TestDatabase {
    /// With least-privilege roles of its own and the schema `app`, and nothing in it.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn with_roles(server: &TestServer) -> Result<Self, Error> {
        let setup = Setup::new().migrations(Migrations::None).roles(Roles::Own);
        let schema = "app".parse().map_err(Error::step(STEP))?;
        setup.schema(schema).database_on(server).await
    }

    /// With the least-privilege roles, the schema `app` and the migrations of this directory.
    ///
    /// # Errors
    /// As [`Setup::database_on`].
    pub async fn migrated(server: &TestServer, directory: &Path) -> Result<Self, Error> {
        let schema = "app".parse().map_err(Error::step(STEP))?;
        let setup = Setup::new().migrations(directory).schema(schema);
        setup.database_on(server).await
    }

    /// On the kit's own runtime.
    pub(crate) async fn create(admin: Arc<Admin>, setup: &Setup) -> Result<Self, Error> {
        let blueprint = Blueprint::get(setup)?;
        let test = setup.test.clone();
        if blueprint.roles == Roles::Own {
            return Self::from_nothing(admin, &blueprint, test).await;
        }
        let template = Template::get(&admin, &blueprint).await?;
        let name = clone::take(&admin, &template, test.as_deref()).await?;
        let prefix = names::shared_roles(&template.fingerprint);
        Ok(Self::new(Inner {
            admin,
            layout: layout(&name, &blueprint, &prefix)?,
            roles: template.roles,
            password: template.password.clone(),
            bytes: template.bytes,
            test,
            done: AtomicBool::new(false),
        }))
    }

    /// A database whose roles are its own cannot be a clone: privileges name the roles they are for.
    async fn from_nothing(
        admin: Arc<Admin>,
        blueprint: &Blueprint,
        test: Option<String>,
    ) -> Result<Self, Error> {
        let owner = admin.owner().await?;
        let name = names::database(&format!("howdah_test_{}", names::random()?))?;
        let mut connection = admin.acquire().await?;
        register(&mut connection, &name, "test", ("", test.as_deref()), owner).await?;
        sqlx::query("update howdah_testkit.databases set own_roles = true where name = $1")
            .bind(name.as_str())
            .execute(&mut *connection)
            .await
            .map_err(Error::step(STEP))?;
        drop(connection);
        let this = Self::new(Inner {
            layout: layout(&name, blueprint, name.as_str())?,
            roles: Roles::Own,
            password: generate().map_err(Error::step(STEP))?,
            bytes: 0,
            test,
            done: AtomicBool::new(false),
            admin,
        });
        let Inner {
            admin,
            layout,
            password,
            ..
        } = &*this.inner;
        if let Err(error) = furnish(admin, blueprint, layout, password).await {
            this.inner.done.store(true, Ordering::Release);
            this.inner.remove(When::Now).await?;
            return Err(error);
        }
        Ok(this)
    }

    fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Its name.
    pub fn name(&self) -> &DatabaseName {
        self.inner.layout.database()
    }

    /// The role layout, with all names. With [`Roles::Off`] there is nothing of it on the server but database and
    /// schema.
    pub fn layout(&self) -> &Layout {
        &self.inner.layout
    }

    /// The password that all its roles have.
    pub fn password(&self) -> &Secret {
        &self.inner.password
    }

    /// How to log in as this role; with [`Roles::Off`] everybody is the superuser.
    pub fn login(&self, role: As) -> Login {
        self.inner.login(role)
    }

    /// The settings of a service on this database, with its passwords, as its configuration would be loaded.
    pub fn settings(&self) -> Database {
        let login = self.login(As::App);
        let layout = self.layout();
        let mut settings = Database::default();
        settings.environment = Environment::Testing;
        settings.hosts = vec![login.host];
        settings.name = layout.database().clone();
        settings.schema = layout.schema().clone();
        settings.tls = login.tls;
        settings.roles.owner = layout.owner().clone();
        settings.roles.migrator = self.login(As::Migrator).user;
        settings.roles.app = login.user;
        settings.roles.read_only = self.login(As::ReadOnly).user;
        let secret = |role| {
            let origin = "the test database";
            SecretRef::default().with_value(self.login(role).password, origin)
        };
        settings.secrets.migrator = secret(As::Migrator);
        settings.secrets.app = secret(As::App);
        settings.secrets.read_only = secret(As::ReadOnly);
        settings
    }

    /// A connection as this role.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn connect(&self, role: As) -> Result<PgConnection, Error> {
        connect(&self.login(role))
            .await
            .map_err(Error::step("connecting to the test database"))
    }

    /// Ends it now: drops it, or keeps it if the test has `failed` and `HOWDAH_TEST_KEEP` does not say otherwise.
    /// Sessions in it are cut off. What is left of this value is good for nothing.
    ///
    /// # Errors
    /// [`Error::Step`] if it cannot be dropped; a later run will.
    pub async fn close(self, failed: bool) -> Result<(), Error> {
        self.end(failed, When::Now).await
    }

    /// The same, with the choice of when it is dropped.
    pub(crate) async fn end(self, failed: bool, when: When) -> Result<(), Error> {
        let words = runtime::run(async move { self.inner.end(failed, when).await }).await?;
        words.as_deref().into_iter().for_each(keep::say);
        Ok(())
    }
}

/// How to log in as this role of a layout.
pub(crate) fn login(
    admin: &Admin,
    layout: &Layout,
    (roles, password): (Roles, &Secret),
    role: As,
) -> Login {
    let mut login = admin
        .login()
        .clone()
        .with_database(layout.database().clone());
    let user = match role {
        As::Superuser => return login,
        As::Migrator => layout.migrator(),
        As::App => layout.app(),
        As::ReadOnly => layout.read_only(),
    };
    login.schema = Some(layout.schema().clone());
    if roles == Roles::Off {
        return login;
    }
    login.with_user(user.clone(), password.clone())
}

impl Inner {
    fn login(&self, role: As) -> Login {
        login(
            &self.admin,
            &self.layout,
            (self.roles, &self.password),
            role,
        )
    }

    /// Once; what is to be said about it comes back.
    async fn end(&self, failed: bool, when: When) -> Result<Option<String>, Error> {
        if self.done.swap(true, Ordering::AcqRel) {
            return Ok(None);
        }
        if !keep::wanted(failed)? {
            return self.remove(when).await.map(|()| None);
        }
        let name = self.layout.database();
        let login = self.login(As::App);
        match keep::keep(&self.admin, name, &login, self.test.as_deref()).await? {
            Kept::Yes(words) => Ok(Some(words)),
            Kept::No(words) => self.remove(when).await.map(|()| Some(words)),
        }
    }

    async fn remove(&self, when: When) -> Result<(), Error> {
        if when == When::Convenient && self.admin.is_own() && self.roles != Roles::Own {
            return sweep::doom(&self.admin, self.layout.database().as_str(), self.bytes).await;
        }
        let doomed = Doomed {
            name: self.layout.database().as_str().to_owned(),
            template: String::new(),
            own_roles: self.roles == Roles::Own,
        };
        remove(&self.admin, &doomed).await
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if *self.done.get_mut() {
            return;
        }
        let failed = thread::panicking();
        let inner = Self {
            admin: Arc::clone(&self.admin),
            layout: self.layout.clone(),
            roles: self.roles,
            password: self.password.clone(),
            bytes: self.bytes,
            test: self.test.take(),
            done: AtomicBool::new(false),
        };
        match runtime::block(async move { inner.end(failed, When::Now).await }) {
            Ok(words) => words.as_deref().into_iter().for_each(keep::say),
            Err(error) => {
                tracing::warn!(%error, "a test database could not be dropped; a later run will");
            }
        }
    }
}
