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
    let names = names.iter();
    Ok(names.filter_map(|name| database(name)).collect())
}

/// A role may have left something in `template1` too, which is no name for a database of anybody's.
fn database(name: &str) -> Option<DatabaseName> {
    let template = DatabaseName::template1();
    if template.as_str() == name {
        return Some(template);
    }
    DatabaseName::new(name).ok()
}
