use std::collections::{BTreeMap, BTreeSet};

use howdah_ident::Ident;
use sqlx::postgres::PgConnection;

use crate::Error;
use crate::catalog::{Catalog, DefaultKind, Extent, Inside, Kind, Objects, Roles};
use crate::manifest::{
    Database, Detailed, Grants, Manifest, Membership, Password, Role, Routines, Schema, Written,
};
use crate::privilege::{Grantee, Holders, Privilege, Privileges};
use crate::timestamp::Timestamp;

impl Manifest {
    /// Writes down what the connected database and its roles are, to begin with where there is something already.
    ///
    /// A privilege counts for a schema when it is held on everything of its kind in it, and by default privileges where
    /// there is nothing yet. Whatever else there is shows as drift in the plan of the manifest. What PUBLIC holds is not
    /// written down. An owner that logs in is written as it is, and refused when the manifest becomes a
    /// [`Wanted`](crate::Wanted).
    ///
    /// # Errors
    /// [`Error::Read`].
    pub async fn adopt(connection: &mut PgConnection) -> Result<Self, Error> {
        let catalog = Catalog::read(connection, Extent::Database, &Roles::default()).await?;
        Ok(Self::of(&catalog))
    }

    fn of(catalog: &Catalog) -> Self {
        let name = &catalog.executor.database;
        let schemas = schemas(&catalog.inside);
        let mut database = Database {
            owner: String::new(),
            grants: BTreeMap::new(),
            extensions: extensions(&catalog.inside),
            schemas,
        };
        if let Some(row) = catalog.databases.get(name) {
            row.owner.as_str().clone_into(&mut database.owner);
            database.grants = grants(catalog, &row.acl.holders(&row.owner));
        }
        let roles = roles(catalog, &database);
        Self {
            roles,
            databases: [(name.as_str().to_owned(), database)].into(),
            ..Self::default()
        }
    }
}

fn grants(catalog: &Catalog, holders: &Holders) -> BTreeMap<String, Vec<String>> {
    let one = |(grantee, privileges): (&Grantee, &Privileges)| {
        let role = grantee.role()?;
        // Whoever administers the server keeps its way in, without being declared.
        let administers = catalog.is_administrator(role);
        (!administers).then(|| (role.as_str().to_owned(), names(privileges)))
    };
    holders.iter().filter_map(one).collect()
}

fn names(privileges: &Privileges) -> Vec<String> {
    privileges
        .iter()
        .map(|one| one.name().to_lowercase())
        .collect()
}

fn extensions(inside: &Inside) -> BTreeMap<String, Option<String>> {
    let installed = inside
        .extensions
        .iter()
        .filter(|(name, _)| *name != "plpgsql");
    installed
        .filter_map(|(name, row)| {
            let schema = row.schema.as_ref()?.as_str();
            // One that has its place in a schema of the server's own is put there by itself.
            let place = (!schema.starts_with("pg_")).then(|| schema.to_owned());
            Some((name.clone(), place))
        })
        .collect()
}

fn schemas(inside: &Inside) -> BTreeMap<String, Schema> {
    let mut all = BTreeMap::new();
    for (name, row) in &inside.schemas {
        let objects: Vec<&Objects> = inside
            .objects
            .iter()
            .filter(|objects| objects.schema == *name)
            .collect();
        if name.as_str() == "public" && objects.is_empty() {
            continue;
        }
        let place = Place {
            inside,
            name,
            owner: &row.owner,
            objects,
        };
        let holders = row.acl.holders(&row.owner);
        let schema = Schema {
            owner: row.owner.as_str().to_owned(),
            access: place.access(&holders),
        };
        all.insert(name.as_str().to_owned(), schema);
    }
    all
}

/// One schema.
struct Place<'a> {
    inside: &'a Inside,
    name: &'a Ident,
    owner: &'a Ident,
    objects: Vec<&'a Objects>,
}

impl Place<'_> {
    fn access(&self, on_schema: &Holders) -> BTreeMap<String, Grants> {
        let mut all = BTreeMap::new();
        for (grantee, privileges) in on_schema {
            if let Some(role) = grantee.role() {
                let lists = Detailed {
                    schema: names(privileges),
                    tables: names(&self.everywhere(grantee, Kind::Table, DefaultKind::Tables)),
                    sequences: names(&self.everywhere(
                        grantee,
                        Kind::Sequence,
                        DefaultKind::Sequences,
                    )),
                    routines: self.routines(grantee),
                };
                all.insert(role.as_str().to_owned(), Grants::Detailed(lists));
            }
        }
        all
    }

    /// What somebody holds on all objects of a kind; where there are none, on those that come.
    fn everywhere(&self, grantee: &Grantee, kind: Kind, later: DefaultKind) -> Privileges {
        let of_kind = self.objects.iter().filter(|objects| objects.kind == kind);
        let held = of_kind.map(|objects| held(&objects.acl.holders(&objects.owner), grantee));
        held.reduce(|all, one| &all & &one)
            .unwrap_or_else(|| self.later(grantee, later))
    }

    fn later(&self, grantee: &Grantee, kind: DefaultKind) -> Privileges {
        let key = (self.owner.clone(), Some(self.name.clone()), kind);
        let row = self.inside.defaults.get(&key);
        row.map_or_else(Privileges::new, |acl| {
            held(&acl.holders(self.owner), grantee)
        })
    }

    fn routines(&self, grantee: &Grantee) -> Routines {
        let execute = |objects: &&&Objects| {
            held(&objects.acl.holders(&objects.owner), grantee).contains(&Privilege::Execute)
        };
        let routines = || {
            self.objects
                .iter()
                .filter(|objects| objects.kind == Kind::Routine)
        };
        let later = self.later(grantee, DefaultKind::Functions);
        if later.contains(&Privilege::Execute) && routines().all(|objects| execute(&objects)) {
            return Routines::All;
        }
        let mut safe = routines().filter(|objects| objects.safe).peekable();
        if safe.peek().is_some() && safe.all(|objects| execute(&objects)) {
            return Routines::Safe;
        }
        Routines::None
    }
}

fn held(holders: &Holders, grantee: &Grantee) -> Privileges {
    holders.get(grantee).cloned().unwrap_or_default()
}

/// Everybody who owns or holds something, whoever is a member of those, and whom those are members of.
fn roles(catalog: &Catalog, database: &Database) -> BTreeMap<String, Role> {
    let mut found: BTreeSet<&str> = [database.owner.as_str()].into();
    found.extend(database.grants.keys().map(String::as_str));
    for schema in database.schemas.values() {
        found.insert(&schema.owner);
        found.extend(schema.access.keys().map(String::as_str));
    }
    let mut size = 0;
    while size < found.len() {
        size = found.len();
        for row in &catalog.memberships {
            let (role, member) = (row.role.as_str(), row.member.as_str());
            if found.contains(role) && !catalog.is_administrator(&row.member) {
                found.insert(member);
            }
            if found.contains(member) {
                found.insert(role);
            }
        }
    }
    found
        .into_iter()
        .filter(|name| !name.starts_with("pg_"))
        .filter_map(|name| Some((name.to_owned(), role(catalog, &name.parse().ok()?)?)))
        .collect()
}

fn role(catalog: &Catalog, name: &Ident) -> Option<Role> {
    let row = catalog.roles.get(name)?;
    let mut role = Role {
        login: row.login.into(),
        inherit: row.inherit,
        createdb: row.creates_databases,
        createrole: row.creates_roles,
        replication: row.replication,
        bypassrls: row.bypass_rls,
        connection_limit: (row.connection_limit >= 0).then_some(row.connection_limit),
        valid_until: row.valid_until.map(|moment| Timestamp(moment).to_string()),
        password: if row.login {
            Password::Unmanaged
        } else {
            Password::Managed
        },
        ..Role::default()
    };
    for membership in catalog.memberships_of(name) {
        let options = Membership {
            inherit: membership.inherit.filter(|inherit| *inherit != row.inherit),
            set: membership.set_role.filter(|set_role| !set_role),
            admin: membership.admin,
        };
        role.member_of
            .insert(membership.role.as_str().to_owned(), options);
    }
    for setting in catalog
        .settings
        .iter()
        .filter(|setting| setting.role == *name)
    {
        let value = Written::Text(setting.value.clone());
        match &setting.database {
            None => {
                role.settings.insert(setting.name.clone(), value);
            }
            Some(database) if *database == catalog.executor.database => {
                let place = role
                    .settings_in
                    .entry(database.as_str().to_owned())
                    .or_default();
                place.insert(setting.name.clone(), value);
            }
            Some(_) => {}
        }
    }
    Some(role)
}
