use howdah_ident::Ident;

use crate::catalog::{self, Catalog};
use crate::change::Change;
use crate::difference::Difference;
use crate::parameter::valid_until;
use crate::wanted::{Role, Wanted};
use crate::{Error, Passwords, Verifier};

/// The roles themselves.
pub(super) fn compare(found: &mut Difference, wanted: &Wanted, catalog: &Catalog) {
    for (role, declared) in &wanted.roles {
        let attributes = match catalog.roles.get(role) {
            None => create(declared),
            Some(row) => alter(declared, row, catalog.verifiers.0.contains_key(role)),
        };
        let name = role.clone();
        match (catalog.roles.contains_key(role), attributes.is_empty()) {
            (false, _) => found.push(Change::CreateRole {
                role: name,
                attributes,
            }),
            (true, false) => found.push(Change::AlterRole {
                role: name,
                attributes,
            }),
            (true, true) => {}
        }
        if !declared.login {
            sessions(found, role, catalog);
        }
        if let Some(moment) = declared.valid_until
            && moment.0 <= catalog.executor.now
        {
            found.warnings.push(format!(
                "the password of {} ended at {moment}: nobody logs in with it",
                role.as_str()
            ));
        }
    }
}

/// Nobody logs in as this role any more, and whoever did goes on.
fn sessions(found: &mut Difference, role: &Ident, catalog: &Catalog) {
    let sessions = catalog.leaving.sessions.iter();
    for session in sessions.filter(|session| session.role == *role) {
        found.warnings.push(format!(
            "{} is not to log in, and its session {} ({:?}) in database {:?} goes on: select pg_terminate_backend({}) ends it",
            role.as_str(),
            session.pid,
            session.application,
            session.database,
            session.pid
        ));
    }
}

fn create(declared: &Role) -> Vec<String> {
    let login = if declared.login { "login" } else { "nologin" };
    let mut attributes = vec![login.to_owned()];
    attributes.extend(alter(declared, &fresh(declared.login), false));
    attributes
}

/// What `create role` makes without further attributes.
fn fresh(login: bool) -> catalog::Role {
    catalog::Role {
        login,
        inherit: true,
        connection_limit: -1,
        ..catalog::Role::default()
    }
}

fn alter(declared: &Role, row: &catalog::Role, has_password: bool) -> Vec<String> {
    let switches = [
        (row.superuser, false, "superuser"),
        (row.creates_roles, declared.creates_roles, "createrole"),
        (
            row.creates_databases,
            declared.creates_databases,
            "createdb",
        ),
        (row.replication, declared.replication, "replication"),
        (row.bypass_rls, declared.bypass_rls, "bypassrls"),
        // Whose turn it is, is not declared.
        (
            row.login,
            declared.login || (declared.takes_turns && row.login),
            "login",
        ),
        (row.inherit, declared.inherit, "inherit"),
    ];
    let mut attributes: Vec<String> = switches
        .into_iter()
        .filter(|(is, should, _)| is != should)
        .map(|(_, should, name)| {
            if should {
                name.to_owned()
            } else {
                format!("no{name}")
            }
        })
        .collect();
    if row.connection_limit != declared.connection_limit {
        attributes.push(format!("connection limit {}", declared.connection_limit));
    }
    if row.valid_until != declared.valid_until.map(|moment| moment.0) {
        attributes.push(valid_until(declared.valid_until));
    }
    if !declared.login && !declared.takes_turns && has_password {
        attributes.push("password null".to_owned());
    }
    attributes
}

/// Passwords whose stored form is not there, cannot be read, or is another one's.
pub(super) fn passwords(
    found: &mut Difference,
    catalog: &Catalog,
    passwords: &Passwords,
) -> Result<(), Error> {
    for (role, password) in passwords.iter() {
        let role: &Ident = role.ident();
        let stored = catalog.verifiers.0.get(role);
        let same = stored
            .and_then(|stored| Verifier::parse(stored))
            .is_some_and(|verifier| verifier.matches(password));
        if same {
            continue;
        }
        let verifier = Verifier::new(password).map_err(|why| Error::Password {
            role: role.as_str().to_owned(),
            why,
        })?;
        found.push(Change::Password {
            role: role.clone(),
            verifier: verifier.to_string(),
        });
    }
    Ok(())
}
