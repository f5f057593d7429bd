use std::collections::BTreeMap;

use howdah_ident::Ident;

use super::{Access, Database, Membership, Role, Schema, SchemaName, Wanted};
use crate::Layout;
use crate::parameter::Value;
use crate::privilege::{Grantee, Privilege};

/// The general form of the preset.
impl From<&Layout> for Wanted {
    fn from(layout: &Layout) -> Self {
        let name = layout.database().ident().clone();
        Self {
            roles: roles(layout),
            memberships: memberships(layout),
            databases: [(name, database(layout))].into(),
            alone_on_server: layout.is_alone_on_server(),
            ..Self::default()
        }
    }
}

fn roles(layout: &Layout) -> BTreeMap<Ident, Role> {
    let own_schema = layout.schema().as_str().to_owned();
    // Last, because a name that is not found there is looked for in the temporary schema first of all otherwise, and
    // whoever may make temporary tables could put one in front of the schema's.
    let path = Value::List(vec![own_schema, "pg_temp".to_owned()]);
    let place = (
        Some(layout.database().ident().clone()),
        "search_path".to_owned(),
    );
    let login = |inherit| Role {
        inherit,
        settings: [(place.clone(), path.clone())].into(),
        ..Role::login()
    };
    [
        (layout.owner(), Role::group()),
        (layout.read_write_group(), Role::group()),
        (layout.read_only_group(), Role::group()),
        // Only the options of a membership (16+) or this attribute (before) keep the migrator from making objects of
        // its own when it forgets `set role`; they would escape the owner's default privileges.
        (layout.migrator(), login(false)),
        (layout.app(), login(true)),
        (layout.read_only(), login(true)),
    ]
    .map(|(name, role)| (name.ident().clone(), role))
    .into()
}

fn memberships(layout: &Layout) -> BTreeMap<(Ident, Ident), Membership> {
    let becomes = Membership {
        admin: false,
        inherit: false,
        set_role: true,
        strict: false,
    };
    let inherits = Membership {
        inherit: true,
        set_role: false,
        ..becomes
    };
    [
        (layout.owner(), layout.migrator(), becomes),
        (layout.read_write_group(), layout.app(), inherits),
        (layout.read_only_group(), layout.read_only(), inherits),
    ]
    .map(|(role, member, options)| ((role.ident().clone(), member.ident().clone()), options))
    .into()
}

fn database(layout: &Layout) -> Database {
    // The migrator directly: a role that does not inherit cannot connect through a group.
    let guests = [
        layout.read_write_group(),
        layout.read_only_group(),
        layout.migrator(),
    ];
    let access = guests.map(|role| {
        let grantee = Grantee::Role(role.ident().clone());
        (grantee, [Privilege::Connect].into())
    });
    let schema = Schema {
        name: SchemaName::Exact(layout.schema().ident().clone()),
        owner: layout.owner().ident().clone(),
        access: [
            (layout.read_write_group().ident().clone(), Access::write()),
            (layout.read_only_group().ident().clone(), Access::read()),
        ]
        .into(),
    };
    Database {
        access: access.into(),
        schemas: vec![schema],
        ..Database::new(layout.owner().ident().clone())
    }
}
