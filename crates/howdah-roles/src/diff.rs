mod demands;
mod extensions;
mod grants;
mod later;
mod memberships;
mod objects;
mod parameters;
mod removal;
mod reports;
mod roles;
mod schemas;
mod server;
#[cfg(test)]
mod tests;

use howdah_ident::Ident;

use crate::catalog::Catalog;
use crate::difference::Difference;
use crate::preflight;
use crate::wanted::Wanted;
use crate::{Error, Mode, Passwords};

/// Compares what belongs to the whole server: roles, memberships, passwords, settings, the databases themselves.
pub(crate) fn server(
    wanted: &Wanted,
    catalog: &Catalog,
    passwords: &Passwords,
    mode: Mode,
) -> Result<Difference, Error> {
    let mut found = Difference::default();
    demands::of_server(&mut found, wanted, catalog, passwords);
    server::databases(&mut found, wanted, catalog);
    roles::compare(&mut found, wanted, catalog);
    memberships::compare(&mut found, wanted, catalog, mode);
    roles::passwords(&mut found, catalog, passwords)?;
    server::owners(&mut found, wanted, catalog);
    parameters::compare(&mut found, wanted, catalog, mode);
    server::own_databases(&mut found, wanted, catalog);
    removal::of_server(&mut found, wanted, catalog);
    Ok(preflight::check(found, catalog))
}

/// Compares what belongs to the connected database. Default privileges come before the grants on existing objects:
/// `grant ... on` what is there misses whatever another session is just making.
pub(crate) fn database(wanted: &Wanted, catalog: &Catalog, mode: Mode) -> Difference {
    let mut found = Difference::default();
    let name = &catalog.executor.database;
    removal::of_database(&mut found, wanted, catalog);
    let Some(database) = wanted.databases.get(name) else {
        return preflight::check(found, catalog);
    };
    let scope = Scope {
        wanted,
        database,
        catalog,
        mode,
    };
    demands::of_database(&mut found, database, catalog);
    schemas::compare(&mut found, &scope);
    extensions::compare(&mut found, &scope);
    later::compare(&mut found, &scope);
    grants::database(&mut found, &scope, name);
    grants::schemas(&mut found, &scope);
    objects::compare(&mut found, &scope);
    reports::compare(&mut found, &scope);
    preflight::check(found, catalog)
}

/// What the comparisons inside of a database look at.
#[derive(Clone, Copy)]
struct Scope<'a> {
    wanted: &'a Wanted,
    database: &'a crate::wanted::Database,
    catalog: &'a Catalog,
    mode: Mode,
}

impl Scope<'_> {
    fn is_declared(&self, role: &Ident) -> bool {
        self.wanted.roles.contains_key(role)
    }
}
