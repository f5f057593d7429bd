mod passwords;

use std::collections::BTreeSet;

use howdah_ident::Ident;

use crate::catalog::Catalog;
use crate::change::Change;
use crate::difference::Difference;

/// The role that stands for a database's owner, and owns the schema `public` since PostgreSQL 15.
const DATABASE_OWNER: &str = "pg_database_owner";

/// How the executor comes by another role's privileges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It has them.
    Has,
    /// It may grant itself the membership.
    Lends,
    Cannot,
}

/// Sorts out what the executor may not do, before anything is begun: what only closes something is impossible, what is
/// wanted is lacking.
pub(crate) fn check(mut found: Difference, catalog: &Catalog) -> Difference {
    let changes = std::mem::take(&mut found.changes);
    let mut lacking = BTreeSet::new();
    for change in changes {
        let missing = missing(&change, catalog);
        if missing.is_empty() {
            found.changes.push(change);
        } else if change.is_hardening() {
            found.impossible.push(format!(
                "{} (needs {})",
                change.sentence(),
                missing.join(", ")
            ));
        } else if let Change::RevokeRole {
            grantor: Some(_), ..
        } = &change
        {
            found.drift(format!(
                "{}, which is not declared, and stays: taking it back needs {}",
                change.sentence().trim_start_matches("- "),
                missing.join(", ")
            ));
        } else if let Change::CreateExtension { trusted: false, .. } = change {
            found.impossible.push(format!(
                "{} (needs {})",
                change.sentence(),
                missing.join(", ")
            ));
        } else {
            lacking.extend(missing);
            found.changes.push(change);
        }
    }
    found.lacking.extend(lacking);
    found
}

/// The memberships that the executor has to be lent for these changes.
pub(crate) fn lent<'a>(changes: impl Iterator<Item = &'a Change>, catalog: &Catalog) -> Vec<Ident> {
    let owners: BTreeSet<&Ident> = changes
        .flat_map(Change::owners)
        .map(|owner| stands_for(owner, catalog))
        .collect();
    owners
        .into_iter()
        .filter(|owner| reach(owner, catalog) == Reach::Lends)
        .cloned()
        .collect()
}

fn missing(change: &Change, catalog: &Catalog) -> Vec<String> {
    let mut missing = Vec::new();
    let executor = catalog.executor.name.as_str();
    missing.extend(passwords::missing(change, &catalog.executor));
    missing.extend(unknown(change, catalog));
    if is_superuser(catalog) {
        return missing;
    }
    for owner in change.owners() {
        if reach(stands_for(owner, catalog), catalog) == Reach::Cannot {
            missing.push(format!(
                "membership of {executor:?} in role {:?}",
                owner.as_str()
            ));
        }
    }
    if let Some(role) = change.role()
        && !administers(role, catalog)
    {
        missing.push(format!(
            "ADMIN OPTION of {executor:?} on role {:?}",
            role.as_str()
        ));
    }
    missing.extend(attribute(change, catalog).map(|what| format!("{what} for {executor:?}")));
    missing
}

/// What a role has to be by itself.
fn attribute(change: &Change, catalog: &Catalog) -> Option<&'static str> {
    let executor = catalog.roles.get(&catalog.executor.name)?;
    let only_superusers = ["superuser", "nosuperuser", "replication", "bypassrls"];
    match change {
        Change::CreateRole { attributes, .. } | Change::AlterRole { attributes, .. }
            if attributes
                .iter()
                .any(|one| only_superusers.contains(&one.as_str())) =>
        {
            Some("SUPERUSER")
        }
        Change::CreateRole { .. } if !executor.creates_roles => Some("CREATEROLE"),
        Change::CreateDatabase { .. } | Change::OwnDatabase { .. }
            if !executor.creates_databases =>
        {
            Some("CREATEDB")
        }
        Change::CreateExtension { trusted: false, .. } => Some("SUPERUSER"),
        Change::Set {
            parameter, value, ..
        } if only_superusers_set(parameter, value.is_some(), catalog) => Some("SUPERUSER"),
        _ => None,
    }
}

/// One that no module has defined could be any module's, a superuser's too, so that the server takes it from superusers
/// only (SQLSTATE 42501).
fn only_superusers_set(parameter: &str, is_set: bool, catalog: &Catalog) -> bool {
    match catalog.parameters.get(parameter) {
        Some(superuser_only) => *superuser_only,
        None => is_set && parameter.contains('.'),
    }
}

/// A parameter that the server does not know. One with a dot in its name belongs to an extension, and is not checked.
fn unknown(change: &Change, catalog: &Catalog) -> Option<String> {
    let Change::Set {
        parameter,
        value: Some(_),
        ..
    } = change
    else {
        return None;
    };
    let known = parameter.contains('.')
        || parameter == "role"
        || catalog.parameters.contains_key(parameter);
    (!known).then(|| {
        format!("a server that knows the parameter {parameter:?} (this is PostgreSQL {}), or one that a role can set", catalog.executor.major())
    })
}

fn is_superuser(catalog: &Catalog) -> bool {
    catalog
        .roles
        .get(&catalog.executor.name)
        .is_some_and(|role| role.superuser)
}

fn creates_roles(catalog: &Catalog) -> bool {
    catalog
        .roles
        .get(&catalog.executor.name)
        .is_some_and(|role| role.creates_roles)
}

/// A role that is not there yet is made by the executor, who administers it then.
fn administers(role: &Ident, catalog: &Catalog) -> bool {
    catalog
        .roles
        .get(role)
        .map_or_else(|| creates_roles(catalog), |row| row.administered)
}

fn reach(owner: &Ident, catalog: &Catalog) -> Reach {
    let executor = &catalog.executor.name;
    let usable = catalog.roles.get(owner).is_some_and(|row| row.usable);
    if is_superuser(catalog) || owner == executor || usable {
        return Reach::Has;
    }
    // Before PostgreSQL 16 a membership is as good as the member's INHERIT.
    let inherits = catalog.executor.membership_options()
        || catalog.roles.get(executor).is_some_and(|row| row.inherit);
    if administers(owner, catalog) && inherits {
        Reach::Lends
    } else {
        Reach::Cannot
    }
}

fn stands_for<'a>(owner: &'a Ident, catalog: &'a Catalog) -> &'a Ident {
    if owner.as_str() != DATABASE_OWNER {
        return owner;
    }
    catalog
        .databases
        .get(&catalog.executor.database)
        .map_or(owner, |database| &database.owner)
}
