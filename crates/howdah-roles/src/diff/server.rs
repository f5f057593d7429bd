use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::change::{Access, Change, Target};
use crate::difference::Difference;
use crate::privilege::Grantee;
use crate::wanted::Wanted;

/// The databases that every server has, and that any role may use until somebody closes them.
const OWN: [&str; 2] = ["postgres", "template1"];

/// The databases that are declared. A new one first belongs to whoever makes it: its owner's membership can be lent
/// in a transaction only, and `create database` cannot stand in one.
pub(super) fn databases(found: &mut Difference, wanted: &Wanted, catalog: &Catalog) {
    for name in wanted.databases.keys() {
        if !catalog.databases.contains_key(name) {
            found.push(Change::CreateDatabase {
                database: name.clone(),
            });
        }
    }
}

/// Whom they belong to.
pub(super) fn owners(found: &mut Difference, wanted: &Wanted, catalog: &Catalog) {
    for (name, database) in &wanted.databases {
        let row = catalog.databases.get(name);
        let from = row.map_or(&catalog.executor.name, |row| &row.owner);
        if *from != database.owner {
            found.push(Change::OwnDatabase {
                database: name.clone(),
                from: from.clone(),
                to: database.owner.clone(),
            });
        }
    }
}

/// Only where the wanted state has the server to itself: others may live by what PUBLIC may do there.
pub(super) fn own_databases(found: &mut Difference, wanted: &Wanted, catalog: &Catalog) {
    for (name, row) in &catalog.databases {
        if !OWN.contains(&name.as_str()) {
            continue;
        }
        let mut holders = row.acl.holders(&row.owner);
        let Some(privileges) = holders.remove(&Grantee::Public) else {
            continue;
        };
        let access = Access {
            target: Target::Database(name.clone()),
            grantee: Grantee::Public,
            privileges,
            owner: row.owner.clone(),
            passed_on: BTreeSet::new(),
        };
        if wanted.alone_on_server {
            found.push(Change::Revoke(access));
        } else {
            let sentence = access.sentence();
            found
                .warnings
                .push(format!("{sentence}: so does every role of this server"));
        }
    }
}
