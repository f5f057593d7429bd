use std::collections::BTreeSet;

use howdah_ident::Ident;

use super::Scope;
use crate::Mode;
use crate::catalog::{Acl, Grant};
use crate::change::{Access, Change, Target};
use crate::difference::Difference;
use crate::privilege::{Grantee, Holders, Privilege, Privileges};

/// Something that privileges are held on: which privileges, by whom, and whom it belongs to.
pub(super) struct Held<'a> {
    pub(super) target: Target,
    pub(super) owner: &'a Ident,
    pub(super) is: Holders,
    /// What of that its owner granted.
    pub(super) revocable: Holders,
    pub(super) should: Holders,
    /// A single object, on which a migration may have granted something on purpose.
    pub(super) single: bool,
    /// Where it can be handed on.
    pub(super) acl: Option<&'a Acl>,
}

/// The database's own privileges.
pub(super) fn database(found: &mut Difference, scope: &Scope<'_>, name: &Ident) {
    let Some(row) = scope.catalog.databases.get(name) else {
        return;
    };
    let mut should = scope.database.access.clone();
    keep_administrators(&mut should, scope, &row.acl, &row.owner);
    let held = Held {
        target: Target::Database(name.clone()),
        owner: &row.owner,
        is: row.acl.holders(&row.owner),
        revocable: row.acl.revocable(&row.owner),
        should,
        single: false,
        acl: Some(&row.acl),
    };
    report(found, scope, &held, &row.owner);
    compare(found, scope, &held);
}

/// Whoever lays out the roles without being a superuser must get in again, after PUBLIC has lost its right to.
fn keep_administrators(should: &mut Holders, scope: &Scope<'_>, acl: &Acl, owner: &Ident) {
    let executor = &scope.catalog.executor.name;
    let role = scope.catalog.roles.get(executor);
    let mut keep: Vec<&Ident> = acl
        .0
        .iter()
        .filter(|grant| grant.privilege == Privilege::Connect)
        .filter_map(|grant| grant.grantee.role())
        .filter(|role| *role != owner && scope.catalog.is_administrator(role))
        .collect();
    if executor != owner && role.is_some_and(|role| !role.superuser) {
        keep.push(executor);
    }
    for role in keep {
        let privileges = should.entry(Grantee::Role(role.clone())).or_default();
        privileges.insert(Privilege::Connect);
    }
}

/// The privileges on the declared schemas, and on `public` beside them.
pub(super) fn schemas(found: &mut Difference, scope: &Scope<'_>) {
    for (name, row) in &scope.catalog.inside.schemas {
        let declared = scope.database.schema(name);
        if declared.is_none() && name.as_str() != "public" {
            continue;
        }
        let should = declared.map_or_else(Holders::new, |schema| {
            let privileges = schema.access.iter();
            privileges
                .map(|(role, access)| (Grantee::Role(role.clone()), access.schema.clone()))
                .collect()
        });
        // The schema may just be given to another owner.
        let owner = declared.map_or(&row.owner, |schema| &schema.owner);
        let held = Held {
            target: Target::Schema(name.clone()),
            owner,
            is: row.acl.holders(&row.owner),
            revocable: row.acl.revocable(&row.owner),
            should,
            single: false,
            acl: Some(&row.acl),
        };
        report(found, scope, &held, &row.owner);
        compare(found, scope, &held);
    }
    new_schemas(found, scope);
}

/// A schema that is still to be made: nobody but its owner holds anything on it.
fn new_schemas(found: &mut Difference, scope: &Scope<'_>) {
    for schema in &scope.database.schemas {
        let Some(name) = schema.name.exact() else {
            continue;
        };
        if scope.catalog.inside.schemas.contains_key(name) {
            continue;
        }
        for (role, access) in &schema.access {
            push(
                found,
                true,
                Access {
                    target: Target::Schema(name.clone()),
                    grantee: Grantee::Role(role.clone()),
                    privileges: access.schema.clone(),
                    owner: schema.owner.clone(),
                    passed_on: BTreeSet::new(),
                },
            );
        }
    }
}

/// What is too much is taken away or reported, and then what is missing is added.
pub(super) fn compare(found: &mut Difference, scope: &Scope<'_>, held: &Held<'_>) {
    for (grantee, is) in &held.revocable {
        let nothing = Privileges::new();
        let should = held.should.get(grantee).unwrap_or(&nothing);
        let access = held.access(grantee, is - should);
        if access.privileges.is_empty() {
            continue;
        }
        if is_taken(scope, grantee, held.single) {
            push(found, false, held.with_others(access));
        } else {
            found.drift(format!("{}, which is not declared", access.sentence()));
        }
    }
    for (grantee, should) in &held.should {
        let nothing = Privileges::new();
        let is = held.is.get(grantee).unwrap_or(&nothing);
        push(found, true, held.access(grantee, should - is));
    }
}

/// Whether the mode takes away what nobody declared.
pub(super) fn is_taken(scope: &Scope<'_>, grantee: &Grantee, single: bool) -> bool {
    let declared = grantee.role().is_none_or(|role| scope.is_declared(role));
    match scope.mode {
        _ if *grantee == Grantee::Public => true,
        Mode::Additive => false,
        Mode::Guard => declared && !single,
        Mode::Enforce => true,
    }
}

/// Nothing, if there is nothing to grant.
pub(super) fn push(found: &mut Difference, grant: bool, access: Access) {
    if access.privileges.is_empty() {
        return;
    }
    found.push(if grant {
        Change::Grant(access)
    } else {
        Change::Revoke(access)
    });
}

fn report(found: &mut Difference, scope: &Scope<'_>, held: &Held<'_>, owner: &Ident) {
    if let Some(acl) = held.acl {
        let gone = gone(scope, acl, (owner, &held.should), held.single);
        report_options(found, &held.target, (acl, &gone), owner);
    }
}

/// The grants that there are no more when the mode has taken away what nobody declared.
pub(super) fn gone<'a>(
    scope: &Scope<'_>,
    acl: &'a Acl,
    (owner, should): (&Ident, &Holders),
    single: bool,
) -> BTreeSet<&'a Grant> {
    let mut gone = BTreeSet::new();
    for (grantee, is) in &acl.revocable(owner) {
        if !is_taken(scope, grantee, single) {
            continue;
        }
        let extra = is - should.get(grantee).unwrap_or(&Privileges::new());
        let is_own = |grant: &&Grant| {
            grant.grantee == *grantee && grant.grantor == *owner && extra.contains(&grant.privilege)
        };
        gone.extend(acl.0.iter().filter(is_own));
        gone.extend(acl.passed_on(grantee, &extra));
    }
    gone
}

/// Grants that another role than the owner made are not the owner's to take back, and whoever may hand a privilege on
/// can undo what is declared. What is gone afterwards is not worth a word.
pub(super) fn report_options(
    found: &mut Difference,
    target: &Target,
    (acl, gone): (&Acl, &BTreeSet<&Grant>),
    owner: &Ident,
) {
    for grant in &acl.0 {
        let own = grant.grantee.role() == Some(owner) || gone.contains(grant);
        if own || !(grant.grantable || grant.grantor != *owner) {
            continue;
        }
        let access = Access {
            target: target.clone(),
            grantee: grant.grantee.clone(),
            privileges: [grant.privilege].into(),
            owner: owner.clone(),
            passed_on: BTreeSet::new(),
        };
        if grant.grantor == *owner {
            found.drift(format!("{} and may hand it on", access.sentence()));
        } else {
            let grantor = grant.grantor.as_str();
            found.drift(format!("{}, granted by {grantor}", access.sentence()));
        }
    }
}

impl Held<'_> {
    fn access(&self, grantee: &Grantee, privileges: Privileges) -> Access {
        Access {
            target: self.target.clone(),
            grantee: grantee.clone(),
            privileges,
            owner: self.owner.clone(),
            passed_on: BTreeSet::new(),
        }
    }

    /// With those who have it from the grantee.
    fn with_others(&self, access: Access) -> Access {
        let acl = self.acl.iter();
        let others = acl.flat_map(|acl| acl.passed_on(&access.grantee, &access.privileges));
        let passed_on = others
            .filter_map(|grant| grant.grantee.role().cloned())
            .collect();
        Access {
            passed_on,
            ..access
        }
    }
}
