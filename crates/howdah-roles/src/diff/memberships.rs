use howdah_ident::Ident;

use crate::Mode;
use crate::catalog::{self, Catalog};
use crate::change::Change;
use crate::difference::Difference;
use crate::wanted::{Membership, Wanted};

/// Who is a member of whom.
pub(super) fn compare(found: &mut Difference, wanted: &Wanted, catalog: &Catalog, mode: Mode) {
    for ((role, member), declared) in &wanted.memberships {
        let rows: Vec<&catalog::Membership> = catalog
            .memberships_of(member)
            .filter(|row| row.role == *role)
            .collect();
        if rows.is_empty() {
            found.push(grant(catalog, (role, member), *declared, None));
        }
        for row in rows {
            correct(found, catalog, row, *declared);
        }
    }
    for row in &catalog.memberships {
        let declared = wanted
            .memberships
            .contains_key(&(row.role.clone(), row.member.clone()));
        if !declared {
            undeclared(found, wanted, catalog, row, mode);
        }
    }
}

fn grant(
    catalog: &Catalog,
    (role, member): (&Ident, &Ident),
    declared: Membership,
    grantor: Option<&Ident>,
) -> Change {
    let options = catalog.executor.membership_options();
    Change::GrantRole {
        role: role.clone(),
        member: member.clone(),
        options: options.then_some((declared.inherit, declared.set_role)),
        admin: declared.admin,
        grantor: grantor.filter(|_| options).cloned(),
    }
}

/// A declared membership holds with the options that are declared, whoever granted it.
fn correct(
    found: &mut Difference,
    catalog: &Catalog,
    row: &catalog::Membership,
    declared: Membership,
) {
    let is = |option: Option<bool>, should: bool| option.is_none_or(|option| option == should);
    let same = row.admin == declared.admin
        && is(row.inherit, declared.inherit)
        && is(row.set_role, declared.set_role);
    if same {
        return;
    }
    if row.admin && !declared.admin && !catalog.executor.membership_options() {
        found.push(Change::RevokeRole {
            role: row.role.clone(),
            member: row.member.clone(),
            admin_only: true,
            grantor: None,
        });
        return;
    }
    found.push(grant(
        catalog,
        (&row.role, &row.member),
        declared,
        Some(&row.grantor),
    ));
}

/// A membership that nobody declared: of a declared role, such as the app in the owner, or of somebody in a declared one.
fn undeclared(
    found: &mut Difference,
    wanted: &Wanted,
    catalog: &Catalog,
    row: &catalog::Membership,
    mode: Mode,
) {
    let of_declared = wanted.roles.contains_key(&row.member);
    let in_declared = wanted.roles.contains_key(&row.role);
    // Since PostgreSQL 16 whoever creates a role may administer it; that gives nothing of what the role may do.
    let administers = row.inherit == Some(false) && row.set_role == Some(false);
    if !(of_declared || in_declared) || (administers && catalog.is_administrator(&row.member)) {
        return;
    }
    let taken = match mode {
        Mode::Additive => false,
        Mode::Guard => of_declared,
        Mode::Enforce => true,
    };
    if taken {
        found.push(Change::RevokeRole {
            role: row.role.clone(),
            member: row.member.clone(),
            admin_only: false,
            grantor: catalog
                .executor
                .membership_options()
                .then(|| row.grantor.clone()),
        });
    } else {
        found.drift(format!(
            "{} is a member of {}, which is not declared",
            row.member.as_str(),
            row.role.as_str()
        ));
    }
}
