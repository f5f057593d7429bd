use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgConnection;

use crate::acl::{self, Grantee, Object, Privileges};
use crate::cluster_state::check_superuser;
use crate::{Error, Layout, Plan};

const ROWS: [&str; 4] = ["select", "insert", "update", "delete"];

/// What belongs to the database: its schema, default privileges, and grants on what is there already.
/// Reads only; `connection` is a superuser's, to the layout's own database.
///
/// Default privileges come before the grants on existing objects: `grant ... on` what is there misses whatever another
/// session is just making.
///
/// # Errors
/// [`Error::NotPrivileged`], [`Error::Read`].
pub async fn plan_database(connection: &mut PgConnection, layout: &Layout) -> Result<Plan, Error> {
    check_superuser(connection).await?;
    let mut plan = Plan::default();
    plan_schema(&mut plan, connection, layout).await?;
    let objects = acl::read(connection, layout).await?;
    for (object, actual) in &objects {
        plan_grants(&mut plan, layout, object, actual);
    }
    Ok(plan)
}

async fn plan_schema(
    plan: &mut Plan,
    connection: &mut PgConnection,
    layout: &Layout,
) -> Result<(), Error> {
    let owner: Option<String> = sqlx::query_scalar(include_str!("../sql/schema.sql"))
        .bind(layout.schema().as_str())
        .fetch_optional(connection)
        .await
        .map_err(Error::read("the schema's owner"))?;
    let (schema, role) = (layout.schema(), layout.owner());
    match owner {
        None => plan.push(format!("create schema {schema} authorization {role}")),
        Some(owner) if owner != role.as_str() => {
            plan.push(format!("alter schema {schema} owner to {role}"));
        }
        Some(_) => {}
    }
    Ok(())
}

/// The difference on one object: missing grants, and grants that nobody but the layout's roles should hold.
fn plan_grants(plan: &mut Plan, layout: &Layout, object: &Object, actual: &Privileges) {
    let wanted = wanted(layout, object);
    let extra = actual
        .difference(&wanted)
        .filter(|(grantee, _)| *grantee == Grantee::Public || object.is_exact());
    for (grantee, privileges) in by_grantee(extra) {
        plan.push(object.revoke(layout, &privileges, grantee));
    }
    for (grantee, privileges) in by_grantee(wanted.difference(actual)) {
        plan.push(object.grant(layout, &privileges, grantee));
    }
}

fn by_grantee<'a>(
    items: impl Iterator<Item = &'a (Grantee, String)>,
) -> BTreeMap<&'a Grantee, String> {
    let mut groups: BTreeMap<&Grantee, BTreeSet<&str>> = BTreeMap::new();
    for (grantee, privilege) in items {
        groups.entry(grantee).or_default().insert(privilege);
    }
    groups
        .into_iter()
        .map(|(grantee, set)| (grantee, set.into_iter().collect::<Vec<_>>().join(", ")))
        .collect()
}

/// Who is to hold what on an object.
fn wanted(layout: &Layout, object: &Object) -> Privileges {
    let write = || Grantee::Role(layout.read_write_group().clone());
    let read = || Grantee::Role(layout.read_only_group().clone());
    let migrate = || Grantee::Role(layout.migrator().clone());
    let privileges = |grants: Vec<(Grantee, &[&str])>| -> Privileges {
        let pair = |(grantee, names): (Grantee, &[&str])| -> Vec<(Grantee, String)> {
            let own = |name: &&str| (grantee.clone(), (*name).to_owned());
            names.iter().map(own).collect()
        };
        grants.into_iter().flat_map(pair).collect()
    };
    match object {
        // The migrator directly: a role that does not inherit cannot connect through a group.
        Object::Database(_) => privileges(vec![
            (write(), &["connect"]),
            (read(), &["connect"]),
            (migrate(), &["connect"]),
        ]),
        Object::Schema(_, true) => privileges(vec![(write(), &["usage"]), (read(), &["usage"])]),
        Object::DefaultTables | Object::Table(_) => {
            privileges(vec![(write(), &ROWS), (read(), &["select"])])
        }
        Object::DefaultSequences | Object::Sequence(_) => {
            privileges(vec![(write(), &["usage", "select"]), (read(), &["select"])])
        }
        // Not for the role that only reads: it could write through a `security definer` function made later.
        Object::DefaultFunctions | Object::Routine(_, false) => {
            privileges(vec![(write(), &["execute"])])
        }
        Object::Routine(_, true) => {
            privileges(vec![(write(), &["execute"]), (read(), &["execute"])])
        }
        Object::Schema(_, false)
        | Object::DefaultFunctionsEverywhere
        | Object::LargeObjectRoutine(_) => Privileges::new(),
    }
}

impl Object {
    /// Whether a plan takes back what the layout's roles hold beyond the layout. On tables and functions it does not,
    /// because a migration may have granted it on purpose; the verification names what it should not have.
    fn is_exact(&self) -> bool {
        !matches!(self, Self::Table(_) | Self::Sequence(_) | Self::Routine(..))
    }

    fn grant(&self, layout: &Layout, privileges: &str, grantee: &Grantee) -> String {
        let target = self.target();
        let prefix = self.default_prefix(layout);
        format!("{prefix}grant {privileges} on {target} to {grantee}")
    }

    fn revoke(&self, layout: &Layout, privileges: &str, grantee: &Grantee) -> String {
        let target = self.target();
        let prefix = self.default_prefix(layout);
        format!("{prefix}revoke {privileges} on {target} from {grantee}")
    }

    fn target(&self) -> String {
        match self {
            Self::Database(name) => format!("database {name}"),
            Self::Schema(name, _) => format!("schema {name}"),
            Self::Table(name) => format!("table {name}"),
            Self::Sequence(name) => format!("sequence {name}"),
            Self::Routine(name, _) | Self::LargeObjectRoutine(name) => format!("routine {name}"),
            Self::DefaultTables => "tables".to_owned(),
            Self::DefaultSequences => "sequences".to_owned(),
            Self::DefaultFunctions | Self::DefaultFunctionsEverywhere => "functions".to_owned(),
        }
    }

    /// A revocation of a built-in default, such as PUBLIC's right to call new functions, only works without a schema.
    fn default_prefix(&self, layout: &Layout) -> String {
        let owner = layout.owner();
        match self {
            Self::DefaultFunctionsEverywhere => {
                format!("alter default privileges for role {owner} ")
            }
            Self::DefaultTables | Self::DefaultSequences | Self::DefaultFunctions => format!(
                "alter default privileges for role {owner} in schema {} ",
                layout.schema()
            ),
            _ => String::new(),
        }
    }
}
