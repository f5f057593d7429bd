use std::path::Path;
use std::thread;
use std::time::Duration;

use howdah_ident::{DatabaseName, RoleName};
use howdah_migrate::{Migrations, Migrator, Options};
use howdah_pool::{Login, connect};
use howdah_roles::{Layout, Names, Passwords, lock, plan_cluster, plan_database, unlock};
use howdah_secrets::{Secret, generate};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::{Error, TestServer};

const STEP: &str = "making the test database";
const LOCK_DEADLINE: Duration = Duration::from_mins(1);

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

/// A database of its own, with its own roles, dropped when the value is dropped. When the test is panicking it is
/// kept, and named on standard error.
#[derive(Debug)]
pub struct TestDatabase {
    superuser: Login,
    layout: Layout,
    password: Secret,
}

impl TestDatabase {
    /// With the least-privilege roles and the schema `app`, and nothing in it.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn with_roles(server: &TestServer) -> Result<Self, Error> {
        let database = Self::named(server)?;
        database.lay_out_roles(server).await?;
        Ok(database)
    }

    /// With the least-privilege roles and the migrations of this directory.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn migrated(server: &TestServer, directory: &Path) -> Result<Self, Error> {
        const STEP: &str = "migrating the test database";
        let database = Self::with_roles(server).await?;
        let migrations = Migrations::read(directory).map_err(Error::step(STEP))?;
        let mut options = Options::new(database.layout.schema().clone());
        options.role = Some(database.layout.owner().clone());
        let connection = database.connect(As::Migrator).await?;
        Migrator::new(migrations, options)
            .apply(connection, |_event| {})
            .await
            .map_err(Error::step(STEP))?;
        let mut connection = database.connect(As::Superuser).await?;
        apply_in_database(&mut connection, &database.layout).await?;
        Ok(database)
    }

    /// Random names: tests of several processes share a server without knowing of each other.
    fn named(server: &TestServer) -> Result<Self, Error> {
        let random = generate().map_err(Error::step(STEP))?;
        let id: String = random
            .expose()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(12)
            .collect::<String>()
            .to_lowercase();
        let role = |suffix: &str| RoleName::new(format!("howdah_test_{id}_{suffix}"));
        let named = || -> Result<_, howdah_ident::Error> {
            let names = Names {
                owner: role("owner")?,
                migrator: role("migrator")?,
                app: role("app")?,
                read_only: role("reader")?,
            };
            Ok((
                DatabaseName::new(format!("howdah_test_{id}"))?,
                "app".parse()?,
                names,
            ))
        };
        let (database, schema, names) = named().map_err(Error::step(STEP))?;
        Ok(Self {
            superuser: server.superuser(database.clone()),
            layout: Layout::new(database, schema, names).map_err(Error::step(STEP))?,
            password: generate().map_err(Error::step(STEP))?,
        })
    }

    async fn lay_out_roles(&self, server: &TestServer) -> Result<(), Error> {
        let maintenance = "postgres".parse().map_err(Error::step(STEP))?;
        let mut cluster = connect(&server.superuser(maintenance))
            .await
            .map_err(Error::step(STEP))?;
        let passwords = Passwords {
            migrator: Some(self.password.clone()),
            app: Some(self.password.clone()),
            read_only: Some(self.password.clone()),
        };
        lock(&mut cluster, LOCK_DEADLINE)
            .await
            .map_err(Error::step(STEP))?;
        let plan = plan_cluster(&mut cluster, &self.layout, &passwords)
            .await
            .map_err(Error::step(STEP))?;
        plan.apply(&mut cluster).await.map_err(Error::step(STEP))?;
        unlock(&mut cluster).await.map_err(Error::step(STEP))?;
        let mut connection = self.connect(As::Superuser).await?;
        apply_in_database(&mut connection, &self.layout).await
    }

    /// The role layout, with all names.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The password that all its roles have.
    pub fn password(&self) -> &Secret {
        &self.password
    }

    /// How to log in as this role.
    pub fn login(&self, role: As) -> Login {
        let user = match role {
            As::Superuser => return self.superuser.clone(),
            As::Migrator => self.layout.migrator(),
            As::App => self.layout.app(),
            As::ReadOnly => self.layout.read_only(),
        };
        self.superuser
            .clone()
            .with_user(user.clone(), self.password.clone())
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
}

async fn apply_in_database(connection: &mut PgConnection, layout: &Layout) -> Result<(), Error> {
    let plan = plan_database(connection, layout)
        .await
        .map_err(Error::step(STEP))?;
    plan.apply(connection).await.map_err(Error::step(STEP))
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if thread::panicking() {
            kept(self);
            return;
        }
        let maintenance = self.superuser.clone();
        let layout = self.layout.clone();
        // A destructor cannot wait for a future of the test's own runtime.
        let dropped = thread::spawn(move || drop_database(maintenance, &layout)).join();
        if let Ok(Err(error)) = dropped {
            tracing::warn!(%error, "a test database could not be dropped");
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the person at the failed test has no other channel"
)]
fn kept(database: &TestDatabase) {
    eprintln!(
        "the test database is kept while its server runs: {}",
        database.superuser.target()
    );
}

fn drop_database(
    login: Login,
    layout: &Layout,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let login = login.with_database("postgres".parse()?);
    let mut statements = vec![format!(
        "drop database if exists {} with (force)",
        layout.database()
    )];
    let roles = [
        layout.migrator(),
        layout.app(),
        layout.read_only(),
        layout.read_write_group(),
        layout.read_only_group(),
        layout.owner(),
    ];
    statements.extend(roles.map(|role| format!("drop role if exists {role}")));
    runtime.block_on(async {
        let mut connection = connect(&login).await?;
        // Roles are the server's, and two sessions that change them at once fail.
        lock(&mut connection, LOCK_DEADLINE).await?;
        for statement in statements {
            connection
                .execute(sqlx::raw_sql(AssertSqlSafe(statement)))
                .await?;
        }
        unlock(&mut connection).await?;
        Ok(())
    })
}
