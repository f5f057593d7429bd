//! What the attribute expands to. Not for use by hand: [`Setup`] is.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use tokio::runtime::{Builder, Runtime};

use crate::database::When;
pub use crate::rollback::RolledBack;
use crate::rollback::begin;
use crate::{
    Error, Migrations, Roles, Setup, TestDatabase, TestServer, Wanted, not_run, report, variables,
};

/// The options of the attribute.
#[derive(Debug)]
pub struct Parts {
    /// Where the package is that was compiled.
    pub package: &'static str,
    /// `migrations`.
    pub migrations: Migrations,
    /// `fixtures`.
    pub fixtures: &'static [&'static str],
    /// `roles`.
    pub roles: Roles,
    /// `schema`.
    pub schema: Option<&'static str>,
    /// `version`.
    pub version: Option<u16>,
    /// `image`.
    pub image: Option<&'static str>,
}

/// A test and what it needs.
#[derive(Debug)]
pub struct Test {
    /// Its path.
    pub name: &'static str,
    /// What its database is made of.
    pub setup: Parts,
    /// The oldest major version that it runs on.
    pub min_pg: Option<u16>,
    /// The newest.
    pub max_pg: Option<u16>,
    /// Threads of its runtime; one, the test's own, if there is nothing here.
    pub worker_threads: Option<u16>,
}

/// What a test may return.
pub trait Outcome {
    /// Of a test that is not run.
    fn good() -> Self;
    /// Whether the test has failed.
    fn is_failure(&self) -> bool;
}

impl Outcome for () {
    fn good() -> Self {}

    fn is_failure(&self) -> bool {
        false
    }
}

impl<E> Outcome for Result<(), E> {
    fn good() -> Self {
        Ok(())
    }

    fn is_failure(&self) -> bool {
        self.is_err()
    }
}

/// Where the package is: as cargo says it, else where it was when it was compiled.
fn package(compiled: &str) -> PathBuf {
    let said = variables::environment().get("CARGO_MANIFEST_DIR");
    said.map_or(compiled, String::as_str).into()
}

impl Test {
    /// Runs it with a database of its own.
    ///
    /// # Panics
    /// If there is no database, with the reason; and if the test does.
    pub fn run<R, F>(self, test: impl AsyncFnOnce(TestDatabase) -> Result<F, Error>) -> R
    where
        R: Outcome,
        F: Future<Output = R>,
    {
        let runtime = report::expect(self.runtime());
        let Some(server) = report::expect(runtime.block_on(self.server())) else {
            return R::good();
        };
        let setup = report::expect(self.setup());
        let database = report::expect(runtime.block_on(setup.database_on(server)));
        let result = {
            let database = database.clone();
            let run = async { Ok(test(database).await?.await) };
            catch_unwind(AssertUnwindSafe(|| runtime.block_on(run)))
        };
        let failed = !matches!(&result, Ok(Ok(outcome)) if !outcome.is_failure());
        let closed = runtime.block_on(database.end(failed, When::Convenient));
        match result {
            Err(panic) => resume_unwind(panic),
            Ok(outcome) => {
                let outcome = report::expect(outcome);
                report::expect(closed);
                outcome
            }
        }
    }

    /// Runs it in a transaction that is rolled back, in a database that it shares with others.
    ///
    /// # Panics
    /// As [`Test::run`], and if the test committed.
    pub fn run_rolled_back<T, R, F>(self, test: impl FnOnce(T) -> F) -> R
    where
        T: RolledBack,
        R: Outcome,
        F: Future<Output = R>,
    {
        let runtime = report::expect(self.runtime());
        let Some(server) = report::expect(runtime.block_on(self.server())) else {
            return R::good();
        };
        let setup = report::expect(self.setup());
        let (connection, witness) =
            report::expect(runtime.block_on(begin(server, &setup, T::ROLE)));
        let outcome = runtime.block_on(test(T::of(connection)));
        report::expect(runtime.block_on(witness.check()));
        outcome
    }

    fn runtime(&self) -> Result<Runtime, Error> {
        let mut builder = match self.worker_threads {
            None => Builder::new_current_thread(),
            Some(count) => {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(usize::from(count));
                builder
            }
        };
        builder
            .enable_all()
            .build()
            .map_err(Error::step("starting the test's runtime"))
    }

    /// `None`: the test is not for this server's version, and that is written down.
    async fn server(&self) -> Result<Option<&'static TestServer>, Error> {
        let server = TestServer::wanted(&self.wanted()).await?;
        let major = server.major();
        let needs = match (self.min_pg, self.max_pg) {
            (Some(min), _) if major < min => format!("PostgreSQL {min} or newer"),
            (_, Some(max)) if major > max => format!("PostgreSQL {max} or older"),
            _ => return Ok(Some(server)),
        };
        not_run::note(self.name, &needs, major)?;
        Ok(None)
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            version: self.setup.version,
            image: self.setup.image.map(str::to_owned),
        }
    }

    fn setup(&self) -> Result<Setup, Error> {
        let mut setup = Setup::new()
            .migrations(self.setup.migrations.clone())
            .roles(self.setup.roles);
        setup.fixtures = self.setup.fixtures.iter().map(Into::into).collect();
        setup.package = package(self.setup.package);
        setup.server = self.wanted();
        setup.test = Some(self.name.to_owned());
        if let Some(schema) = self.setup.schema {
            setup.schema = schema.parse().map_err(|error| Error::Setup {
                what: format!("schema {schema:?}: {error}"),
            })?;
        }
        Ok(setup)
    }
}
