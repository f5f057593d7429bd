use howdah_ident::Ident;

use crate::Mode;
use crate::catalog::{Catalog, Setting};
use crate::change::Change;
use crate::difference::Difference;
use crate::wanted::Wanted;

/// What is set for roles, and for roles in databases.
pub(super) fn compare(found: &mut Difference, wanted: &Wanted, catalog: &Catalog, mode: Mode) {
    for (role, declared) in &wanted.roles {
        for ((database, parameter), value) in &declared.settings {
            let row = row(catalog, role, database.as_ref(), parameter);
            if !row.is_some_and(|row| value.is_stored_as(&row.value)) {
                found.push(Change::Set {
                    role: role.clone(),
                    database: database.clone(),
                    parameter: parameter.clone(),
                    value: Some(value.clone()),
                });
            }
        }
    }
    for row in &catalog.settings {
        let key = (row.database.clone(), row.name.clone());
        let undeclared = wanted
            .roles
            .get(&row.role)
            .is_some_and(|declared| !declared.settings.contains_key(&key));
        if undeclared && concerns(wanted, row) {
            take(found, row, mode);
        }
    }
}

fn row<'a>(
    catalog: &'a Catalog,
    role: &Ident,
    database: Option<&Ident>,
    parameter: &str,
) -> Option<&'a Setting> {
    catalog
        .settings
        .iter()
        .find(|row| row.role == *role && row.database.as_ref() == database && row.name == parameter)
}

/// A role of one layout can be another layout's role in another database, with other settings there.
fn concerns(wanted: &Wanted, row: &Setting) -> bool {
    row.database
        .as_ref()
        .is_none_or(|database| wanted.databases.contains_key(database))
}

fn take(found: &mut Difference, row: &Setting, mode: Mode) {
    if mode == Mode::Enforce {
        found.push(Change::Set {
            role: row.role.clone(),
            database: row.database.clone(),
            parameter: row.name.clone(),
            value: None,
        });
        return;
    }
    let place = row.database.as_ref().map_or_else(String::new, |name| {
        format!(" in database {}", name.as_str())
    });
    found.drift(format!(
        "role {}{place} has {} = {}, which is not declared",
        row.role.as_str(),
        row.name,
        row.value
    ));
}
