use std::fmt;

use howdah_ident::Ident;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use sqlx::postgres::PgConnection;

use crate::catalog::{Catalog, Extent};
use crate::change::{Change, Phase};
use crate::difference::Difference;
use crate::origin::Origin;
use crate::{Error, Mode, Passwords, Wanted, preflight};

/// What leads from the state of the server to the wanted one, in order. Empty: nothing to do.
///
/// `Display` shows it as a list of changes, and what is left alone below. Serialised it is an object with `changes`
/// (each with `line` and `sql`), `drift`, `impossible`, `lacking` and `warnings`. No password is in either.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) origin: Origin,
    /// What its effect is checked by.
    pub(crate) afterwards: Origin,
    pub(crate) found: Difference,
    pub(crate) rendering: Rendering,
}

/// What statements depend on beside the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendering {
    pub(crate) executor: Ident,
    pub(crate) superuser: bool,
    pub(crate) membership_options: bool,
    /// Roles whose privileges the executor is lent for the time of the change.
    pub(crate) lent: Vec<Ident>,
}

/// Plans what belongs to the whole server: roles, memberships, passwords, the settings of roles, the databases
/// themselves. Reads only, in one snapshot; `connection` is to any database but those that are declared.
///
/// # Errors
/// [`Error::Password`], [`Error::Read`].
pub async fn plan_cluster(
    connection: &mut PgConnection,
    wanted: &Wanted,
    passwords: &Passwords,
    mode: Mode,
) -> Result<Plan, Error> {
    let origin = Origin {
        wanted: wanted.clone(),
        passwords: passwords.clone(),
        mode,
        extent: Extent::Server,
    };
    Plan::new(connection, origin).await
}

/// Plans what belongs to the connected database: its schemas, default privileges, and grants on what is there already.
/// Reads only, in one snapshot.
///
/// # Errors
/// [`Error::Layout`] when the connected database is not declared, [`Error::Read`].
pub async fn plan_database(
    connection: &mut PgConnection,
    wanted: &Wanted,
    mode: Mode,
) -> Result<Plan, Error> {
    let origin = Origin {
        wanted: wanted.clone(),
        passwords: Passwords::default(),
        mode,
        extent: Extent::Database,
    };
    Plan::new(connection, origin).await
}

impl Plan {
    pub(crate) async fn new(connection: &mut PgConnection, origin: Origin) -> Result<Self, Error> {
        let catalog = origin.read(connection).await?;
        Self::of(origin, &catalog)
    }

    pub(crate) fn of(origin: Origin, catalog: &Catalog) -> Result<Self, Error> {
        let found = origin.compare(catalog)?;
        Ok(Self {
            rendering: Rendering::new(&found, catalog),
            found,
            afterwards: origin.afterwards(catalog),
            origin,
        })
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.found.changes.is_empty()
    }

    /// How many changes it has.
    pub fn len(&self) -> usize {
        self.found.changes.len()
    }

    /// The changes, a sentence each: `+` for what is added, `-` for what is taken away, `~` for what is changed.
    pub fn changes(&self) -> Vec<String> {
        let changes = self.found.changes.iter();
        changes.map(Change::sentence).collect()
    }

    /// The statements for this server and this executor, passwords hidden.
    pub fn statements(&self) -> Vec<String> {
        // Nobody can be lent the membership of a role that is not there yet.
        let (first, rest): (Vec<&Change>, Vec<&Change>) = self
            .found
            .changes
            .iter()
            .partition(|change| is_before_lending(change));
        let lent = self.rendering.borrow_statements();
        let given_back = self.rendering.return_statements();
        shown(first)
            .chain(lent)
            .chain(shown(rest))
            .chain(given_back)
            .collect()
    }

    /// What is there, is not declared, and is left alone in this mode, or is never managed.
    pub fn drift(&self) -> &[String] {
        &self.found.drift
    }

    /// What cannot be had on this server, or with the executor's rights. The rest of the plan is done all the same.
    pub fn impossible(&self) -> &[String] {
        &self.found.impossible
    }

    /// What the executor lacks: [`Plan::apply`] begins nothing as long as there is something.
    pub fn lacking(&self) -> &[String] {
        &self.found.lacking
    }

    /// What whoever declared this should look at again.
    pub fn warnings(&self) -> &[String] {
        &self.found.warnings
    }
}

impl Rendering {
    pub(crate) fn new(found: &Difference, catalog: &Catalog) -> Self {
        let executor = &catalog.executor;
        Self {
            executor: executor.name.clone(),
            superuser: catalog
                .roles
                .get(&executor.name)
                .is_some_and(|role| role.superuser),
            membership_options: executor.membership_options(),
            lent: preflight::lent(found.changes.iter(), catalog),
        }
    }

    /// Lets the executor act for the owners of what it changes, as long as the transaction lasts.
    pub(crate) fn borrow_statements(&self) -> Vec<String> {
        let options = if self.membership_options {
            " with inherit true, set true"
        } else {
            ""
        };
        let grant = |role: &Ident| format!("grant {role} to {}{options}", self.executor);
        self.lent.iter().map(grant).collect()
    }

    /// Gives it back, before anybody else has seen it.
    pub(crate) fn return_statements(&self) -> Vec<String> {
        let revoke = |role: &Ident| {
            let executor = &self.executor;
            if self.membership_options {
                format!("revoke {role} from {executor} granted by {executor}")
            } else {
                format!("revoke {role} from {executor}")
            }
        };
        self.lent.iter().map(revoke).collect()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            f.write_str("nothing to change\n")?;
        }
        for change in &self.found.changes {
            writeln!(f, "{}", change.sentence())?;
        }
        section(f, "missing, nothing is begun without it", self.lacking())?;
        section(f, "impossible here", self.impossible())?;
        section(f, "not declared, left alone", self.drift())?;
        section(f, "to think about", self.warnings())
    }
}

fn shown(changes: Vec<&Change>) -> impl Iterator<Item = String> {
    changes.into_iter().flat_map(Change::shown)
}

fn is_before_lending(change: &Change) -> bool {
    change.phase() == Phase::Before || matches!(change, Change::CreateRole { .. })
}

fn section(f: &mut fmt::Formatter<'_>, title: &str, lines: &[String]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title}:")?;
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}

/// One change of a serialised plan.
#[derive(Serialize)]
struct Entry {
    line: String,
    sql: Vec<String>,
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry = |change: &Change| Entry {
            line: change.sentence(),
            sql: change.shown(),
        };
        let changes: Vec<Entry> = self.found.changes.iter().map(entry).collect();
        let mut plan = serializer.serialize_struct("Plan", 5)?;
        plan.serialize_field("changes", &changes)?;
        plan.serialize_field("drift", self.drift())?;
        plan.serialize_field("impossible", self.impossible())?;
        plan.serialize_field("lacking", self.lacking())?;
        plan.serialize_field("warnings", self.warnings())?;
        plan.end()
    }
}
