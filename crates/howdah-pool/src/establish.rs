use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use tokio::time::timeout;

use crate::credentials::Current;
use crate::session::Session;
use crate::shared::Shared;
use crate::{Error, Login, connect};

/// One message, and its answer is text: no statement is prepared for what is asked once.
const ASK: &str = "select pg_catalog.pg_backend_pid(), pg_catalog.current_schema()::text";
/// Without a schema of ours the role's own search path holds. `current_schema()` makes the schema for temporary tables
/// where `pg_temp` is all that is left of it, and not every role may.
const ASK_WITHOUT_SCHEMA: &str = "select pg_catalog.pg_backend_pid(), null::text";

/// Connects and sees that the session is what the settings ask for.
pub(crate) async fn establish(shared: &Shared, current: &Current) -> Result<Session, Error> {
    let generation = current.generation;
    let credential = current.credential.clone();
    let mut login = shared
        .login
        .clone()
        .with_user(credential.user, credential.password);
    if shared.credentials.can_change() {
        login.mark_generation(generation);
    }
    let limit = login.session.connect_timeout;
    let made = timeout(limit, make(&login)).await;
    let (pg, pid) = made.unwrap_or_else(|_elapsed| {
        Err(Error::ConnectTimeout {
            target: login.target(),
            limit,
        })
    })?;
    Ok(Session::new(pg, pid, generation, shared.expiry()))
}

async fn make(login: &Login) -> Result<(PgConnection, i32), Error> {
    let mut connection = connect(login).await?;
    let ask = match login.schema {
        Some(_) => ASK,
        None => ASK_WITHOUT_SCHEMA,
    };
    let row: PgRow = sqlx::raw_sql(ask)
        .fetch_one(&mut connection)
        .await
        .map_err(|source| Error::connect(login, source))?;
    let (pid, schema) = read(&row).map_err(|source| Error::connect(login, source))?;
    match &login.schema {
        // `set search_path` to a missing schema succeeds; the first statement would be the one to fail.
        Some(wanted) if schema.as_deref() != Some(wanted.as_str()) => Err(Error::Schema {
            schema: wanted.as_str().to_owned(),
            target: login.target(),
        }),
        _ => Ok((connection, pid)),
    }
}

fn read(row: &PgRow) -> Result<(i32, Option<String>), sqlx::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}
