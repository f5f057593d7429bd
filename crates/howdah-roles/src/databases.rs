use std::collections::BTreeSet;

use howdah_ident::{DatabaseName, Ident};
use sqlx::postgres::PgConnection;

use crate::{Error, Wanted};

/// The databases to plan after the server: those that are declared, and those in which a role that is to be gone still
/// owns or holds something. Without the connected one, which the server's plan covers.
///
/// # Errors
/// [`Error::Read`].
pub async fn databases(
    connection: &mut PgConnection,
    wanted: &Wanted,
) -> Result<Vec<DatabaseName>, Error> {
    let removed: Vec<&str> = wanted.removed.keys().map(Ident::as_str).collect();
    let mut names: BTreeSet<String> = sqlx::query_scalar(include_str!("../sql/databases_with.sql"))
        .bind(removed)
        .fetch_all(connection)
        .await
        .map_err(Error::read("where the removed roles own something"))?
        .into_iter()
        .collect();
    names.extend(wanted.databases.keys().map(|name| name.as_str().to_owned()));
    // `template1` is no database to work in. What a role left there stays in the server's plan as drift.
    let names = names.iter().map(|name| DatabaseName::new(name.as_str()));
    Ok(names.filter_map(Result::ok).collect())
}
