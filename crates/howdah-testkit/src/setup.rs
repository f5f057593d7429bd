use std::path::{Path, PathBuf};

use howdah_ident::SchemaName;
use sqlx::migrate::Migrator;

use crate::shared::place::top;
use crate::{Error, TestDatabase, TestServer, Wanted, runtime, variables};

/// What a test's database is made of.
///
/// ```no_run
/// # async fn test() -> Result<(), howdah_testkit::Error> {
/// use howdah_testkit::{As, Setup};
///
/// let database = Setup::new().fixture("tests/fixtures/users.sql").database().await?;
/// let mut app = database.connect(As::App).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Setup {
    /// Where the migrations come from. Default: the directory `migrations` of the package, or of a directory above it
    /// up to the checkout's; none if there is none.
    pub migrations: Migrations,
    /// SQL files that run after the migrations, in this order, each in a transaction, as the owner.
    pub fixtures: Vec<PathBuf>,
    /// Which roles there are. Default: the least-privilege roles, shared by all databases of the same setup.
    pub roles: Roles,
    /// The one schema of the service. Default `public`.
    pub schema: SchemaName,
    /// The package, which relative paths are relative to. Default: the one that cargo or nextest say is tested.
    pub package: PathBuf,
    /// The server. Default: whichever the variables say.
    pub server: Wanted,
    /// What the test is called, for whoever finds its database.
    pub test: Option<String>,
}

/// Where migrations come from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Migrations {
    /// The directory `migrations` that is nearest to the package; none if there is none.
    Nearest,
    /// None: an empty schema.
    None,
    /// This directory; a relative path is the package's.
    Directory(PathBuf),
    /// Those that `sqlx::migrate!` compiled in.
    Embedded(&'static Migrator),
}

/// Which roles a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roles {
    /// The least-privilege roles of howdah-roles, the same for all databases of one setup. A test must not change them.
    Shared,
    /// The same of its own, for a test that changes roles. It takes some hundredths of a second longer.
    Own,
    /// None: everything is the superuser's.
    Off,
}

impl Setup {
    /// The nearest migrations, shared roles, schema `public`, any server.
    pub fn new() -> Self {
        Self {
            migrations: Migrations::Nearest,
            fixtures: Vec::new(),
            roles: Roles::Shared,
            schema: howdah_config::Database::default().schema,
            package: package(),
            server: Wanted::default(),
            test: None,
        }
    }

    /// With these migrations.
    #[must_use]
    pub fn migrations(mut self, migrations: impl Into<Migrations>) -> Self {
        self.migrations = migrations.into();
        self
    }

    /// With one more fixture; a relative path is the package's.
    #[must_use]
    pub fn fixture(mut self, path: impl Into<PathBuf>) -> Self {
        self.fixtures.push(path.into());
        self
    }

    /// With these roles.
    #[must_use]
    pub fn roles(mut self, roles: Roles) -> Self {
        self.roles = roles;
        self
    }

    /// In this schema.
    #[must_use]
    pub fn schema(mut self, schema: SchemaName) -> Self {
        self.schema = schema;
        self
    }

    /// A database of its own on the shared server.
    ///
    /// # Errors
    /// As [`TestServer::wanted`], and [`Setup::database_on`].
    pub async fn database(&self) -> Result<TestDatabase, Error> {
        let server = TestServer::wanted(&self.server).await?;
        self.database_on(server).await
    }

    /// A database of its own on this server.
    ///
    /// # Errors
    /// [`Error::Template`] if migrations or fixtures fail, with the file; [`Error::Setup`] if they cannot be found;
    /// [`Error::Step`].
    pub async fn database_on(&self, server: &TestServer) -> Result<TestDatabase, Error> {
        let admin = std::sync::Arc::clone(server.admin());
        let setup = self.clone();
        runtime::run(async move { TestDatabase::create(admin, &setup).await }).await
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&str> for Migrations {
    fn from(directory: &str) -> Self {
        Self::Directory(directory.into())
    }
}

impl From<&Path> for Migrations {
    fn from(directory: &Path) -> Self {
        Self::Directory(directory.to_owned())
    }
}

impl From<PathBuf> for Migrations {
    fn from(directory: PathBuf) -> Self {
        Self::Directory(directory)
    }
}

impl From<&'static Migrator> for Migrations {
    fn from(migrator: &'static Migrator) -> Self {
        Self::Embedded(migrator)
    }
}

/// The directory of the package whose test runs, as cargo and nextest say it.
fn package() -> PathBuf {
    variables::environment()
        .get("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// The nearest directory `migrations`, from the package up to the one with the lock file of its workspace.
pub(crate) fn nearest(package: &Path) -> Option<PathBuf> {
    let top = top(package);
    let mut found = package
        .ancestors()
        .take_while(|directory| directory.starts_with(&top))
        .map(|directory| directory.join("migrations"));
    found.find(|directory| directory.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setup_without_a_word_is_the_services_own() {
        let setup = Setup::default();
        assert_eq!(setup.schema.as_str(), "public");
        assert!(matches!(setup.migrations, Migrations::Nearest));
        assert_eq!(setup.roles, Roles::Shared);
    }

    #[test]
    fn the_nearest_migrations_of_this_package_are_the_checkouts() {
        let package = package();
        assert_eq!(nearest(&package), Some(top(&package).join("migrations")));
    }
}
