//! Each fault, met by an ordinary client of a real server.

mod backends;
mod cut;
mod fake_server;
mod hold;
mod limit;
mod pgbouncer;
mod proxy;
mod replicated;
mod secret_mount;

use std::error::Error;

use howdah_testkit::{As, TestDatabase, TestServer};

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

async fn database() -> Result<TestDatabase> {
    Ok(TestDatabase::with_roles(TestServer::shared().await?).await?)
}

/// A database with the table `app.notes`, which everybody may use.
async fn with_notes() -> Result<TestDatabase> {
    let database = database().await?;
    let mut superuser = database.connect(As::Superuser).await?;
    let notes = "create table app.notes (text text); grant all on app.notes to public";
    sqlx::raw_sql(notes).execute(&mut superuser).await?;
    Ok(database)
}

async fn notes(database: &TestDatabase) -> Result<i64> {
    let mut superuser = database.connect(As::Superuser).await?;
    let count = "select count(*) from app.notes";
    Ok(sqlx::query_scalar(count).fetch_one(&mut superuser).await?)
}

/// The driver's error, wherever it is in the chain of causes.
fn driver<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a sqlx::Error> {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.find_map(|cause| {
        let boxed = cause.downcast_ref::<Box<sqlx::Error>>().map(Box::as_ref);
        cause.downcast_ref::<sqlx::Error>().or(boxed)
    })
}

/// The server's code, or none.
fn sqlstate(error: &(dyn Error + 'static)) -> Option<String> {
    let code = driver(error)?.as_database_error()?.code()?;
    Some(code.into_owned())
}

fn io_kind(error: &(dyn Error + 'static)) -> Option<std::io::ErrorKind> {
    match driver(error)? {
        sqlx::Error::Io(error) => Some(error.kind()),
        _ => None,
    }
}
