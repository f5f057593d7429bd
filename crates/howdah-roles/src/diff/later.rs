use std::collections::BTreeSet;

use howdah_ident::Ident;

use super::Scope;
use super::grants::{self, Held};
use crate::catalog::DefaultKind;
use crate::change::Target;
use crate::difference::Difference;
use crate::privilege::{Grantee, Holders, Privilege};
use crate::wanted::Schema;

/// In one schema there are no schemas.
const IN_SCHEMA: [DefaultKind; 3] = [
    DefaultKind::Tables,
    DefaultKind::Sequences,
    DefaultKind::Functions,
];
const EVERYWHERE: [DefaultKind; 4] = [
    DefaultKind::Schemas,
    DefaultKind::Tables,
    DefaultKind::Sequences,
    DefaultKind::Functions,
];

/// Default privileges: what holds on objects that an owner makes from now on.
pub(super) fn compare(found: &mut Difference, scope: &Scope<'_>) {
    let owners: BTreeSet<&Ident> = scope
        .database
        .schemas
        .iter()
        .map(|schema| &schema.owner)
        .collect();
    for owner in owners {
        // PUBLIC's right to call new functions is a built-in default, which only a revocation without a schema takes.
        for kind in EVERYWHERE {
            let patterns = scope.database.schemas.iter();
            let patterns =
                patterns.filter(|schema| schema.owner == *owner && schema.name.exact().is_none());
            let should = patterns.fold(Holders::new(), |all, schema| merged(all, schema, kind));
            one(found, scope, (owner, None, kind), should);
        }
    }
    for schema in &scope.database.schemas {
        let Some(name) = schema.name.exact() else {
            continue;
        };
        for kind in IN_SCHEMA {
            let should = merged(Holders::new(), schema, kind);
            one(found, scope, (&schema.owner, Some(name), kind), should);
        }
    }
}

fn merged(mut all: Holders, schema: &Schema, kind: DefaultKind) -> Holders {
    for (role, access) in &schema.access {
        let privileges = all.entry(Grantee::Role(role.clone())).or_default();
        privileges.extend(access.on_later(kind));
    }
    all
}

fn one(
    found: &mut Difference,
    scope: &Scope<'_>,
    (owner, schema, kind): (&Ident, Option<&Ident>, DefaultKind),
    should: Holders,
) {
    let key = (owner.clone(), schema.cloned(), kind);
    let row = scope.catalog.inside.defaults.get(&key);
    // Only the role itself sets its default privileges.
    let is = row.map_or_else(|| built_in(schema, kind), |acl| acl.holders(owner));
    let held = Held {
        target: Target::Later {
            schema: schema.cloned(),
            kind,
        },
        owner,
        revocable: is.clone(),
        is,
        should,
        single: false,
        acl: None,
    };
    grants::compare(found, scope, &held);
}

/// What holds where nothing is set.
fn built_in(schema: Option<&Ident>, kind: DefaultKind) -> Holders {
    if schema.is_none() && kind == DefaultKind::Functions {
        [(Grantee::Public, [Privilege::Execute].into())].into()
    } else {
        Holders::new()
    }
}
