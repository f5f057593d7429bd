use std::collections::BTreeSet;

use howdah_ident::Ident;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::read::decode;
use crate::privilege::{Grantee, Holders, Privilege, Privileges};

/// One privilege that somebody holds on an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant {
    pub(crate) grantee: Grantee,
    pub(crate) privilege: Privilege,
    pub(crate) grantor: Ident,
    /// The holder may hand it on.
    pub(crate) grantable: bool,
}

/// All privileges on an object, the built-in ones spelt out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Acl(pub(crate) BTreeSet<Grant>);

impl Acl {
    /// Who holds what, but the owner, whose rights are not granted.
    pub(crate) fn holders(&self, owner: &Ident) -> Holders {
        self.held(owner, |_| true)
    }

    /// What the owner granted, and so can take back. A grant by somebody with grant option is that one's: the owner's
    /// `revoke` succeeds and does nothing.
    pub(crate) fn revocable(&self, owner: &Ident) -> Holders {
        self.held(owner, |grant| grant.grantor == *owner)
    }

    /// What others have by way of these privileges of this holder, who handed them on.
    pub(crate) fn passed_on(&self, holder: &Grantee, privileges: &Privileges) -> BTreeSet<&Grant> {
        let mut found = BTreeSet::new();
        let mut next: Vec<(&Grantee, Privilege)> =
            privileges.iter().map(|one| (holder, *one)).collect();
        while let Some((holder, privilege)) = next.pop() {
            let by_it = |grant: &&Grant| {
                grant.privilege == privilege && holder.role() == Some(&grant.grantor)
            };
            for grant in self.0.iter().filter(by_it) {
                if found.insert(grant) {
                    next.push((&grant.grantee, privilege));
                }
            }
        }
        found
    }

    fn held(&self, owner: &Ident, counts: impl Fn(&Grant) -> bool) -> Holders {
        let mut holders = Holders::new();
        for grant in self.0.iter().filter(|grant| counts(grant)) {
            if grant.grantee.role() != Some(owner) {
                let privileges = holders.entry(grant.grantee.clone()).or_default();
                privileges.insert(grant.privilege);
            }
        }
        holders
    }

    /// The columns `grantees`, `grantors`, `privileges` and `grantable`, which are null where nobody holds anything.
    pub(crate) fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let grantees: Vec<String> = nullable(row, "grantees")?;
        let grantors: Vec<String> = nullable(row, "grantors")?;
        let privileges: Vec<String> = nullable(row, "privileges")?;
        let grantable: Option<Vec<bool>> = row.try_get("grantable")?;
        let mut acl = BTreeSet::new();
        let rest = grantors.into_iter().zip(privileges);
        let items = grantees.into_iter().zip(rest);
        for ((grantee, (grantor, privilege)), grantable) in items.zip(grantable.unwrap_or_default())
        {
            // A privilege of a version to come is none that this crate grants or takes.
            let Some(privilege) = Privilege::parse(&privilege) else {
                continue;
            };
            acl.insert(Grant {
                grantee: grantee_of(grantee)?,
                privilege,
                grantor: Ident::new(grantor).map_err(decode)?,
                grantable,
            });
        }
        Ok(Self(acl))
    }
}

fn nullable(row: &PgRow, column: &str) -> sqlx::Result<Vec<String>> {
    let values: Option<Vec<String>> = row.try_get(column)?;
    Ok(values.unwrap_or_default())
}

fn grantee_of(name: String) -> sqlx::Result<Grantee> {
    if name.is_empty() {
        return Ok(Grantee::Public);
    }
    Ident::new(name).map(Grantee::Role).map_err(decode)
}
