use std::collections::{BTreeMap, BTreeSet};

use howdah_ident::Ident;

use super::Scope;
use super::grants::{gone, is_taken, push, report_options};
use crate::catalog::{Kind, Objects};
use crate::change::{Access, Target};
use crate::difference::Difference;
use crate::privilege::{Grantee, Holders, Privileges};

/// What is to be granted or taken in one statement: where, from whom, which privileges, by which owner, and who has them
/// from whom they are taken.
type Key = (Ident, Kind, Grantee, Privileges, Ident, BTreeSet<Ident>);
/// On which objects.
type Bundles = BTreeMap<Key, Vec<String>>;

/// Tables, sequences and routines that are there.
pub(super) fn compare(found: &mut Difference, scope: &Scope<'_>) {
    let mut bundles = (Bundles::new(), Bundles::new(), Bundles::new());
    let mut counts: BTreeMap<(&Ident, Kind), usize> = BTreeMap::new();
    for objects in &scope.catalog.inside.objects {
        *counts.entry((&objects.schema, objects.kind)).or_default() += objects.names.len();
        let Some(should) = should(scope, objects) else {
            continue;
        };
        bundle(&mut bundles, scope, objects, &should);
        let target = target(&objects.schema, objects.kind, objects.names.clone(), false);
        let gone = gone(scope, &objects.acl, (&objects.owner, &should), true);
        report_options(found, &target, (&objects.acl, &gone), &objects.owner);
    }
    let (granted, taken, left) = bundles;
    let access = |(key, names): (Key, Vec<String>)| {
        let (schema, kind, grantee, privileges, owner, passed_on) = key;
        let all = counts.get(&(&schema, kind)) == Some(&names.len());
        Access {
            target: target(&schema, kind, names, all),
            grantee,
            privileges,
            owner,
            passed_on,
        }
    };
    for bundle in taken {
        push(found, false, access(bundle));
    }
    for bundle in granted {
        push(found, true, access(bundle));
    }
    for bundle in left {
        found.drift(format!(
            "{}, which is not declared",
            access(bundle).sentence()
        ));
    }
}

fn target(schema: &Ident, kind: Kind, mut names: Vec<String>, all: bool) -> Target {
    names.sort_unstable();
    Target::Objects {
        schema: schema.clone(),
        kind,
        names,
        all,
    }
}

/// Who is to hold what; none: it is nobody's business here.
fn should(scope: &Scope<'_>, objects: &Objects) -> Option<Holders> {
    if objects.kind == Kind::LargeObjectRoutine {
        return Some(Holders::new());
    }
    let declared = scope.database.schema(&objects.schema)?;
    let access = declared.access.iter();
    Some(
        access
            .map(|(role, access)| (Grantee::Role(role.clone()), access.on(objects)))
            .collect(),
    )
}

/// Adds the difference to what is granted, taken, and left.
fn bundle(
    (granted, taken, left): &mut (Bundles, Bundles, Bundles),
    scope: &Scope<'_>,
    objects: &Objects,
    should: &Holders,
) {
    let is = objects.acl.holders(&objects.owner);
    let nothing = Privileges::new();
    let add = |bundles: &mut Bundles, grantee: &Grantee, privileges: Privileges, taken: bool| {
        if privileges.is_empty() {
            return;
        }
        let others = objects.acl.passed_on(grantee, &privileges);
        let others = others
            .iter()
            .filter(|_| taken)
            .filter_map(|grant| grant.grantee.role().cloned())
            .collect();
        let key = (
            objects.schema.clone(),
            objects.kind,
            grantee.clone(),
            privileges,
            objects.owner.clone(),
            others,
        );
        bundles
            .entry(key)
            .or_default()
            .extend(objects.names.iter().cloned());
    };
    for (grantee, is) in &objects.acl.revocable(&objects.owner) {
        let extra = is - should.get(grantee).unwrap_or(&nothing);
        if is_taken(scope, grantee, true) {
            add(taken, grantee, extra, true);
        } else {
            add(left, grantee, extra, false);
        }
    }
    for (grantee, should) in should {
        add(
            granted,
            grantee,
            should - is.get(grantee).unwrap_or(&nothing),
            false,
        );
    }
}
