use howdah_ident::Ident;

use crate::Passwords;
use crate::catalog::Catalog;
use crate::difference::Difference;
use crate::privilege::{Grantee, Privilege};
use crate::wanted::{Database, Wanted};

/// Roles of the server's own whose members read or write past every grant.
const MASTER_KEYS: [(&str, &str); 6] = [
    (
        "pg_read_all_data",
        "reads every table of every database, the stored passwords too",
    ),
    ("pg_write_all_data", "writes every table of every database"),
    (
        "pg_execute_server_program",
        "runs programs on the server's machine",
    ),
    (
        "pg_read_server_files",
        "reads every file that the server can read",
    ),
    (
        "pg_write_server_files",
        "writes every file that the server can write",
    ),
    ("pg_maintain", "may lock and rewrite every table"),
];

/// What a version of PostgreSQL does not have, or the caller did not hand over, and what gives more than it seems to.
pub(super) fn of_server(
    found: &mut Difference,
    wanted: &Wanted,
    catalog: &Catalog,
    passwords: &Passwords,
) {
    for ((role, member), membership) in &wanted.memberships {
        of_version(
            found,
            catalog,
            (membership.strict, 16),
            &format!(
                "the options of the membership of {} in {}",
                member.as_str(),
                role.as_str()
            ),
        );
        predefined(found, catalog, role, member);
    }
    for (role, declared) in &wanted.roles {
        let given = passwords.iter().any(|(name, _)| name.ident() == role);
        if declared.needs_password && !given && !catalog.roles.contains_key(role) {
            found.lacking.push(format!(
                "a password for {:?}, which logs in (or `password: unmanaged`)",
                role.as_str()
            ));
        }
    }
}

/// The same inside of a database.
pub(super) fn of_database(found: &mut Difference, database: &Database, catalog: &Catalog) {
    for schema in &database.schemas {
        for (role, access) in &schema.access {
            of_version(
                found,
                catalog,
                (access.tables.contains(&Privilege::Maintain), 17),
                &format!("MAINTAIN of {} on {}", role.as_str(), schema.name),
            );
        }
    }
    for (grantee, privileges) in &database.access {
        if privileges.contains(&Privilege::Create)
            && let Grantee::Role(role) = grantee
            && !database.schemas.iter().any(|schema| schema.owner == *role)
        {
            found.warnings.push(format!(
                "{} may make schemas: everything in them is its own, and no default privilege covers it",
                role.as_str()
            ));
        }
    }
}

fn of_version(
    found: &mut Difference,
    catalog: &Catalog,
    (demanded, major): (bool, i32),
    what: &str,
) {
    if demanded && catalog.executor.major() < major {
        found.lacking.push(format!(
            "PostgreSQL {major} or later, for {what} (this is {})",
            catalog.executor.major()
        ));
    }
}

fn predefined(found: &mut Difference, catalog: &Catalog, role: &Ident, member: &Ident) {
    let (role, member) = (role, member.as_str());
    if role.as_str().starts_with("pg_") && !catalog.roles.contains_key(role) {
        found.lacking.push(format!(
            "a server with the role {:?}, for {member} (this is PostgreSQL {})",
            role.as_str(),
            catalog.executor.major()
        ));
    }
    let key = MASTER_KEYS.iter().find(|(name, _)| *name == role.as_str());
    if let Some((name, what)) = key {
        found.warnings.push(format!(
            "{member} is a member of {name}, which is a master key: it {what}"
        ));
    }
}
