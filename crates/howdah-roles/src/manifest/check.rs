use std::collections::BTreeSet;

use howdah_ident::Ident;

use super::Problems;
use crate::privilege::{Grantee, Privilege};
use crate::wanted::{Database, Schema, Wanted};

/// What contradicts itself, or names what is not declared.
pub(super) fn all(wanted: &Wanted, problems: &mut Problems) {
    for (role, removed) in &wanted.removed {
        let place = format!("removed.{}", role.as_str());
        if wanted.roles.contains_key(role) {
            problems.add(&place, "it is declared, too");
        }
        if let Some(successor) = &removed.successor {
            declared(wanted, successor, &place, problems);
        }
    }
    memberships(wanted, problems);
    for (name, database) in &wanted.databases {
        let place = format!("databases.{}", name.as_str());
        of_database(wanted, database, &place, problems);
    }
}

fn memberships(wanted: &Wanted, problems: &mut Problems) {
    for (role, member) in wanted.memberships.keys() {
        let place = format!("roles.{}.member_of.{}", member.as_str(), role.as_str());
        if !role.as_str().starts_with("pg_") {
            declared(wanted, role, &place, problems);
        }
        if roles_of(wanted, role).contains(member) {
            problems.add(
                &place,
                "a role cannot be a member of itself, by way of others either",
            );
        }
    }
}

fn of_database(wanted: &Wanted, database: &Database, place: &str, problems: &mut Problems) {
    owner(wanted, &database.owner, &format!("{place}.owner"), problems);
    for grantee in database.access.keys().filter_map(Grantee::role) {
        declared(wanted, grantee, &format!("{place}.grants"), problems);
    }
    for schema in &database.schemas {
        let place = format!("{place}.schemas.{}", schema.name);
        owner(wanted, &schema.owner, &format!("{place}.owner"), problems);
        of_schema(wanted, schema, &place, problems);
        if schema.name.exact().is_none() {
            alone(database, schema, &place, problems);
        }
    }
}

fn of_schema(wanted: &Wanted, schema: &Schema, place: &str, problems: &mut Problems) {
    let writes = |role: &Ident| {
        let access = schema.access.get(role);
        access.is_some_and(|access| access.tables.contains(&Privilege::Insert))
    };
    for role in schema.access.keys() {
        let place = format!("{place}.access.{}", role.as_str());
        declared(wanted, role, &place, problems);
        if *role == schema.owner {
            problems.add(&place, "it is the owner, which may do everything");
        }
        let reaches = roles_of(wanted, role);
        if !writes(role) && reaches.iter().any(|role| writes(role)) {
            problems.add(
                &place,
                "it only reads, and is a member of a role that writes",
            );
        }
    }
}

/// The default privileges of a pattern's owner hold in every schema that it makes something in.
fn alone(database: &Database, schema: &Schema, place: &str, problems: &mut Problems) {
    let other = database
        .schemas
        .iter()
        .find(|other| other.owner == schema.owner && other.name != schema.name);
    if let Some(other) = other {
        let what = format!(
            "its owner {:?} owns {} too, where the default privileges of this pattern would hold; give it an owner of its own",
            schema.owner.as_str(),
            other.name
        );
        problems.add(place, what);
    }
}

fn owner(wanted: &Wanted, owner: &Ident, place: &str, problems: &mut Problems) {
    declared(wanted, owner, place, problems);
    if wanted.roles.get(owner).is_some_and(|role| role.login) {
        let what = format!(
            "{:?} can log in; an owner is what others become",
            owner.as_str()
        );
        problems.add(place, what);
    }
}

fn declared(wanted: &Wanted, role: &Ident, place: &str, problems: &mut Problems) {
    if !wanted.roles.contains_key(role) {
        problems.add(
            place,
            format!("there is no role {:?} below roles", role.as_str()),
        );
    }
}

/// What a role is a member of, by way of others too.
fn roles_of<'a>(wanted: &'a Wanted, role: &'a Ident) -> BTreeSet<&'a Ident> {
    let mut found = BTreeSet::new();
    let mut next = vec![role];
    while let Some(member) = next.pop() {
        for (role, _) in wanted
            .memberships
            .keys()
            .filter(|(_, other)| other == member)
        {
            if found.insert(role) {
                next.push(role);
            }
        }
    }
    found
}
