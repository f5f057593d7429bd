use howdah_ident::{Ident, Literal, RoleName};
use howdah_secrets::Secret;
use sqlx::postgres::PgConnection;

use crate::cluster_state::{ClusterState, RoleRow};
use crate::{Error, Layout, Passwords, Plan, Verifier};

/// What belongs to the whole server: roles, memberships, passwords, the database itself and the search path of the
/// logins in it. Reads only; `connection` is a superuser's, to any database but the layout's own.
///
/// # Errors
/// [`Error::NotPrivileged`], [`Error::Password`], [`Error::Read`].
pub async fn plan_cluster(
    connection: &mut PgConnection,
    layout: &Layout,
    passwords: &Passwords,
) -> Result<Plan, Error> {
    let state = ClusterState::read(connection, layout).await?;
    let mut plan = Plan::default();
    plan_roles(&mut plan, &state, layout);
    plan_memberships(&mut plan, &state, layout);
    for (role, password) in passwords.of(layout) {
        if let Some(password) = password {
            plan_password(&mut plan, &state, role, password)?;
        }
    }
    plan_database(&mut plan, &state, layout);
    plan_search_paths(&mut plan, &state, layout);
    plan_other_databases(&mut plan, &state, layout);
    Ok(plan)
}

fn plan_roles(plan: &mut Plan, state: &ClusterState, layout: &Layout) {
    for role in layout.roles() {
        let login = layout.logins().contains(&role);
        // Only the options of a membership (16+) or this attribute (before) keep the migrator from making objects of
        // its own when it forgets `set role`; they would escape the owner's default privileges.
        let inherit = role != layout.migrator();
        match state.role(role) {
            None => plan.push(format!("create role {role} {}", attributes(login, inherit))),
            Some(row) => plan_attributes(plan, row, role, (login, inherit)),
        }
    }
}

fn attributes(login: bool, inherit: bool) -> String {
    let login = if login { "login" } else { "nologin" };
    let inherit = if inherit { "" } else { " noinherit" };
    format!("{login}{inherit}")
}

fn plan_attributes(plan: &mut Plan, row: &RoleRow, role: &RoleName, wanted: (bool, bool)) {
    let (login, inherit) = wanted;
    let differences = [
        (row.superuser, "nosuperuser"),
        (row.create_role, "nocreaterole"),
        (row.create_database, "nocreatedb"),
        (row.replication, "noreplication"),
        (row.bypass_rls, "nobypassrls"),
        (!row.login && login, "login"),
        (row.login && !login, "nologin"),
        (!row.inherit && inherit, "inherit"),
        (row.inherit && !inherit, "noinherit"),
        (!login && row.verifier.is_some(), "password null"),
    ];
    let options: Vec<&str> = differences
        .iter()
        .filter_map(|(differs, option)| differs.then_some(*option))
        .collect();
    if !options.is_empty() {
        plan.push(format!("alter role {role} {}", options.join(" ")));
    }
}

/// One wanted membership.
struct Wanted<'a> {
    role: &'a RoleName,
    member: &'a RoleName,
    inherit: bool,
    set_role: bool,
}

fn plan_memberships(plan: &mut Plan, state: &ClusterState, layout: &Layout) {
    let member = |role, member, inherit, set_role| Wanted {
        role,
        member,
        inherit,
        set_role,
    };
    let wanted = [
        member(layout.owner(), layout.migrator(), false, true),
        member(layout.read_write_group(), layout.app(), true, false),
        member(layout.read_only_group(), layout.read_only(), true, false),
    ];
    for membership in &wanted {
        plan_membership(plan, state, membership);
    }
    for row in &state.memberships {
        let known = wanted
            .iter()
            .any(|wanted| wanted.role.as_str() == row.role && wanted.member.as_str() == row.member);
        if !known {
            plan_revocation(plan, &row.role, &row.member);
        }
    }
}

fn plan_membership(plan: &mut Plan, state: &ClusterState, wanted: &Wanted<'_>) {
    let options_hold = |inherit: Option<bool>, set_role: Option<bool>| {
        !state.membership_options
            || (inherit == Some(wanted.inherit) && set_role == Some(wanted.set_role))
    };
    let holds = state
        .membership(wanted.role, wanted.member)
        .is_some_and(|row| !row.admin && options_hold(row.inherit, row.set_role));
    if holds {
        return;
    }
    let Wanted { role, member, .. } = wanted;
    if state.membership(role, member).is_some_and(|row| row.admin) {
        plan.push(format!("revoke admin option for {role} from {member}"));
    }
    let options = if state.membership_options {
        format!(" with inherit {}, set {}", wanted.inherit, wanted.set_role)
    } else {
        String::new()
    };
    plan.push(format!("grant {role} to {member}{options}"));
}

/// A membership that the layout does not want, such as the app in the owner, or in the role of an administrator.
fn plan_revocation(plan: &mut Plan, role: &str, member: &str) {
    // Both come from the catalog, so both are names.
    if let (Ok(role), Ok(member)) = (Ident::new(role), Ident::new(member)) {
        plan.push(format!("revoke {role} from {member}"));
    }
}

fn plan_password(
    plan: &mut Plan,
    state: &ClusterState,
    role: &RoleName,
    password: &Secret,
) -> Result<(), Error> {
    let stored = state.role(role).and_then(|row| row.verifier.as_deref());
    if stored
        .and_then(Verifier::parse)
        .is_some_and(|verifier| verifier.matches(password))
    {
        return Ok(());
    }
    let refused = |why| Error::Password {
        role: role.as_str().to_owned(),
        why,
    };
    let verifier = Verifier::new(password).map_err(refused)?.to_string();
    let literal = Literal::new(&verifier).map_err(|_nul| refused("it holds a NUL byte"))?;
    plan.push_secret(
        format!("alter role {role} password {literal}"),
        format!("alter role {role} password 'SCRAM-SHA-256$***'"),
    );
    Ok(())
}

fn plan_database(plan: &mut Plan, state: &ClusterState, layout: &Layout) {
    let (database, owner) = (layout.database(), layout.owner());
    match state.database_owner.as_deref() {
        None => plan.push_alone(format!("create database {database} owner {owner}")),
        Some(current) if current != owner.as_str() => {
            plan.push(format!("alter database {database} owner to {owner}"));
        }
        Some(_) => {}
    }
}

fn plan_search_paths(plan: &mut Plan, state: &ClusterState, layout: &Layout) {
    for role in layout.logins() {
        let missing = state.role(role).is_none()
            || state.database_owner.is_none()
            || state
                .without_search_path
                .iter()
                .any(|name| name == role.as_str());
        if missing {
            plan.push(format!(
                "alter role {role} in database {} set search_path = {}",
                layout.database(),
                layout.schema()
            ));
        }
    }
}

/// Only where the layout has the server to itself: others may live by what PUBLIC may do there.
fn plan_other_databases(plan: &mut Plan, state: &ClusterState, layout: &Layout) {
    if !layout.is_alone_on_server() {
        return;
    }
    for name in &state.open_databases {
        if let Ok(name) = Ident::new(name.as_str()) {
            plan.push(format!("revoke all on database {name} from public"));
        }
    }
}
