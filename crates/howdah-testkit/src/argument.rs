use std::future::Future;

use howdah_config::Database;
use howdah_pool::{Login, Pool};
use sqlx::postgres::{PgConnection, PgPool};

use crate::{As, Error, TestDatabase};

const STEP: &str = "making an argument of the test";

/// What a test can ask for. As the service's role, unless it stands in one of [`ReadOnly`], [`Migrator`] and
/// [`Superuser`].
///
/// | type | is |
/// |---|---|
/// | [`howdah_pool::Pool`] | a pool |
/// | [`sqlx::PgPool`] | the driver's |
/// | [`PgConnection`] | one connection |
/// | [`Login`] | how to connect |
/// | [`howdah_config::Database`] | settings of a service, with its passwords |
/// | [`TestDatabase`] | the database itself |
pub trait Argument: Sized {
    /// Makes it.
    ///
    /// # Errors
    /// [`Error::Step`].
    fn take(database: &TestDatabase, role: As) -> impl Future<Output = Result<Self, Error>>;
}

/// As the role that only reads.
#[derive(Debug)]
pub struct ReadOnly<T>(pub T);

/// As the role that migrates.
#[derive(Debug)]
pub struct Migrator<T>(pub T);

/// As the server's superuser.
#[derive(Debug)]
pub struct Superuser<T>(pub T);

impl<T: Argument> Argument for ReadOnly<T> {
    async fn take(database: &TestDatabase, _role: As) -> Result<Self, Error> {
        T::take(database, As::ReadOnly).await.map(Self)
    }
}

impl<T: Argument> Argument for Migrator<T> {
    async fn take(database: &TestDatabase, _role: As) -> Result<Self, Error> {
        T::take(database, As::Migrator).await.map(Self)
    }
}

impl<T: Argument> Argument for Superuser<T> {
    async fn take(database: &TestDatabase, _role: As) -> Result<Self, Error> {
        T::take(database, As::Superuser).await.map(Self)
    }
}

impl Argument for TestDatabase {
    async fn take(database: &TestDatabase, _role: As) -> Result<Self, Error> {
        Ok(database.clone())
    }
}

impl Argument for Login {
    async fn take(database: &TestDatabase, role: As) -> Result<Self, Error> {
        Ok(database.login(role))
    }
}

impl Argument for PgConnection {
    async fn take(database: &TestDatabase, role: As) -> Result<Self, Error> {
        database.connect(role).await
    }
}

impl Argument for Pool {
    async fn take(database: &TestDatabase, role: As) -> Result<Self, Error> {
        let settings = howdah_config::Pool::default();
        Self::lazy(&database.login(role), &settings).map_err(Error::step(STEP))
    }
}

impl Argument for PgPool {
    async fn take(database: &TestDatabase, role: As) -> Result<Self, Error> {
        Ok(Pool::take(database, role).await?.sqlx().clone())
    }
}

impl Argument for Database {
    async fn take(database: &TestDatabase, _role: As) -> Result<Self, Error> {
        Ok(database.settings())
    }
}
