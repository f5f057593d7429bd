use howdah_ident::Ident;

use crate::catalog::{Catalog, Dependency};
use crate::change::Change;
use crate::difference::Difference;
use crate::wanted::{Removed, Wanted};

/// Roles that are to be gone. First they cannot log in any more, then what they own in each database goes to their
/// successor and what they hold is taken back, at last they are dropped.
pub(super) fn of_server(found: &mut Difference, wanted: &Wanted, catalog: &Catalog) {
    for (role, removed) in &wanted.removed {
        let Some(row) = catalog.roles.get(role) else {
            continue;
        };
        if let Some(missing) = missing_successor(removed, wanted, catalog) {
            found.lacking.push(missing);
            continue;
        }
        if row.login {
            found.push(Change::AlterRole {
                role: role.clone(),
                attributes: vec!["nologin".to_owned()],
            });
        }
        let elsewhere = elsewhere(found, role, removed, catalog);
        // As long as somebody is there, it could make what nobody would reassign any more.
        if end_sessions(found, role, removed, catalog) {
            continue;
        }
        if release(found, role, removed, catalog) && !elsewhere {
            found.push(Change::DropRole { role: role.clone() });
        }
    }
}

/// Somebody who is not there can be given nothing; that is known before the role is touched.
fn missing_successor(removed: &Removed, wanted: &Wanted, catalog: &Catalog) -> Option<String> {
    let successor = removed.successor.as_ref()?;
    let is_there = catalog.roles.contains_key(successor) || wanted.roles.contains_key(successor);
    (!is_there).then(|| format!("the successor: there is no role {:?}", successor.as_str()))
}

/// What they own and hold in the connected database.
pub(super) fn of_database(found: &mut Difference, wanted: &Wanted, catalog: &Catalog) {
    for (role, removed) in &wanted.removed {
        let logs_in = catalog.roles.get(role).is_some_and(|row| row.login);
        let sessions = catalog.leaving.sessions.iter();
        if logs_in
            || sessions
                .map(|session| &session.role)
                .any(|name| name == role)
        {
            found.lacking.push(format!(
                "the plan of the server first: {} can still log in, or has a session",
                role.as_str()
            ));
        }
        release(found, role, removed, catalog);
    }
}

/// Whether somebody is there: ended if that is wanted, and named otherwise.
fn end_sessions(
    found: &mut Difference,
    role: &Ident,
    removed: &Removed,
    catalog: &Catalog,
) -> bool {
    let sessions = catalog.leaving.sessions.iter();
    let sessions: Vec<_> = sessions.filter(|session| session.role == *role).collect();
    for session in &sessions {
        if removed.end_sessions {
            found.push(Change::EndSession {
                role: role.clone(),
                pid: session.pid,
                application: session.application.clone(),
            });
        } else {
            found.lacking.push(format!(
                "the end of the session of {}, pid {} ({:?}) in database {:?}: end it, or say end_sessions",
                role.as_str(),
                session.pid,
                session.application,
                session.database
            ));
        }
    }
    !sessions.is_empty()
}

/// Whether nothing of the connected database, or of what all databases share, is in the way.
fn release(found: &mut Difference, role: &Ident, removed: &Removed, catalog: &Catalog) -> bool {
    let connected = &catalog.executor.database;
    let here: Vec<&Dependency> = catalog
        .leaving
        .dependencies
        .iter()
        .filter(|one| one.role == *role)
        .filter(|one| one.database.as_ref().is_none_or(|name| name == connected))
        .collect();
    if here.is_empty() {
        return true;
    }
    for owned in here.iter().filter(|one| one.owned) {
        let Some(successor) = &removed.successor else {
            found.lacking.push(without_successor(owned));
            return false;
        };
        found.push(Change::Reassign {
            from: role.clone(),
            to: successor.clone(),
            count: owned.count,
        });
    }
    let owners = here.iter().flat_map(|one| one.owners.iter().cloned());
    found.push(Change::DropOwned {
        role: role.clone(),
        owners: owners.collect(),
    });
    true
}

/// Whether something of another database is in the way.
fn elsewhere(found: &mut Difference, role: &Ident, removed: &Removed, catalog: &Catalog) -> bool {
    let connected = &catalog.executor.database;
    let mut any = false;
    for one in &catalog.leaving.dependencies {
        let Some(database) = one.database.as_ref().filter(|name| *name != connected) else {
            continue;
        };
        if one.role != *role {
            continue;
        }
        any = true;
        if one.owned && removed.successor.is_none() {
            found.lacking.push(without_successor(one));
        } else {
            let (verb, count) = (
                if one.owned {
                    "owns"
                } else {
                    "holds privileges on"
                },
                one.count,
            );
            let database = database.as_str();
            found.drift(format!(
                "{} {verb} {count} object(s) in database {database}: plan that database, then the server again",
                role.as_str()
            ));
        }
    }
    any
}

fn without_successor(owned: &Dependency) -> String {
    let place = owned.database.as_ref().map_or_else(
        || "all databases together".to_owned(),
        |name| format!("database {}", name.as_str()),
    );
    let names = if owned.objects.is_empty() {
        String::new()
    } else {
        format!(": {}", owned.objects.join(", "))
    };
    format!(
        "a successor for {:?}, which owns {} object(s) in {place}{names}",
        owned.role.as_str(),
        owned.count
    )
}
