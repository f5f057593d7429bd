use std::fmt::Write as _;

use howdah_ident::SchemaName;
use howdah_migrate::{Error as MigrateError, Event, Migrator, Plan, Report, Tenant, TenantEvent};
use serde_json::{Value, json};

use super::place::Place;
use super::pooler::BY_URL;
use super::{json, losses};
use crate::args::{MigrateArgs, MigrateCommand};
use crate::describe::describe;
use crate::output::causes;
use crate::{Error, Exit, Output};

/// Which schemas, where there are many.
#[derive(Debug, Clone)]
pub(super) enum Which {
    /// All that have a ledger.
    All,
    These(Vec<SchemaName>),
    /// Those that a query names.
    Query(String),
}

impl Which {
    pub(super) fn of(args: &MigrateArgs) -> Result<Option<Self>, Error> {
        refuse_both(args)?;
        if args.all_schemas {
            return Ok(Some(Self::All));
        }
        if let Some(query) = &args.schemas_from {
            return Ok(Some(Self::Query(query.clone())));
        }
        if args.schemas.is_empty() {
            return Ok(None);
        }
        let mut names: Vec<SchemaName> = Vec::new();
        for name in args.schemas.iter().map(|name| name.trim()) {
            if name.is_empty() {
                let words = "--schemas: a name is empty: write them with one comma between two, as in `--schemas a,b`";
                return Err(Error::Usage(words.to_owned()));
            }
            let parsed = name
                .parse()
                .map_err(|error| Error::Usage(format!("--schemas {name:?}: {error}")))?;
            if !names.contains(&parsed) {
                names.push(parsed);
            }
        }
        Ok(Some(Self::These(names)))
    }
}

/// clap does not see this where one stands in front of the command's name, and the other behind it.
fn refuse_both(args: &MigrateArgs) -> Result<(), Error> {
    let flags = [
        ("--schema", args.schema.is_some()),
        ("--schemas", !args.schemas.is_empty()),
        ("--schemas-from", args.schemas_from.is_some()),
        ("--all-schemas", args.all_schemas),
    ];
    let given = flags.into_iter().filter(|(_, is_given)| *is_given);
    let given: Vec<&str> = given.map(|(flag, _)| flag).collect();
    if given.len() > 1 {
        let given = given.join(" and ");
        return Err(Error::Usage(format!(
            "{given} say in different ways which schemas are meant: give one of them"
        )));
    }
    if args.allow_no_schemas && args.schemas_from.is_none() {
        let words = "--allow-no-schemas is about the query of --schemas-from, which is not given";
        return Err(Error::Usage(words.to_owned()));
    }
    Ok(())
}

/// What can be done in many schemas.
pub(super) async fn run(
    place: &mut Place,
    command: &MigrateCommand,
    output: &mut Output,
) -> Result<Exit, Error> {
    match command {
        MigrateCommand::Status => plan(place, true, output).await,
        MigrateCommand::Plan(up) => {
            place.aim(*up)?;
            plan(place, false, output).await
        }
        MigrateCommand::Verify => plan(place, false, output).await,
        MigrateCommand::Up { up, yes } => {
            place.aim(*up)?;
            apply(place, *yes, output).await
        }
        _ => Err(Error::Usage(
            "many schemas at once: status, plan, verify and up only; name one with --schema"
                .to_owned(),
        )),
    }
}

async fn plan(place: &Place, all: bool, output: &mut Output) -> Result<Exit, Error> {
    let migrator = place.migrator()?;
    let schemas = schemas(place, &migrator, output).await?;
    let tenants = migrator.tenants(place.connector(output)?, schemas);
    let tenants = tenants.connections(place.connections).plan().await;
    let mut text = String::new();
    for tenant in &tenants {
        let schema = tenant.schema.as_str();
        // Writing to a string cannot fail.
        let _infallible = match &tenant.result {
            Ok(plan) if plan.schema_exists() && !plan.needs_apply() && !all => Ok(()),
            Ok(plan) => {
                let (applied, pending) = (plan.applied().len(), plan.pending().len());
                let missing = if plan.schema_exists() {
                    ""
                } else {
                    " (the schema does not exist: `up` creates it)"
                };
                writeln!(
                    text,
                    "{schema}: {applied} applied, {pending} pending{missing}"
                )
            }
            Err(error) => write!(text, "{schema}: {}", chain(error)),
        };
    }
    let is_pending = |tenant: &&Tenant<Plan>| {
        tenant
            .result
            .as_ref()
            .is_ok_and(|plan| !plan.is_up_to_date())
    };
    let pending = tenants.iter().filter(is_pending).count();
    let failed = tenants
        .iter()
        .filter(|tenant| tenant.result.is_err())
        .count();
    let _infallible = writeln!(
        text,
        "{} schemas, {pending} with something pending, {failed} failed",
        tenants.len()
    );
    let list: Vec<Value> = tenants
        .iter()
        .map(|tenant| one(tenant, json::plan))
        .collect();
    let value = json!({ "schemas": list, "pending": pending, "failed": failed });
    output
        .result(text, &value)
        .map_err(Error::step("printing the result"))?;
    Ok(match (failed, pending) {
        (0, 0) => Exit::Ok,
        (0, _) => Exit::Pending,
        _ => Exit::No,
    })
}

async fn apply(place: &Place, yes: bool, output: &mut Output) -> Result<Exit, Error> {
    let migrator = place.migrator()?;
    let schemas = schemas(place, &migrator, output).await?;
    losses::ask_in_each(place, &schemas, yes, output).await?;
    output.begin("migrating");
    let mut progress = output.progress(schemas.len(), "schemas");
    let tenants = migrator.tenants(place.connector(output)?, schemas);
    let tenants = tenants.connections(place.connections);
    let tenants = tenants
        .apply(|schema, event| match event {
            TenantEvent::Run(event) => note(schema, &event, &progress),
            TenantEvent::Ended(_) => progress.advance(),
            _ => {}
        })
        .await;
    drop(progress);
    let mut text = String::new();
    for tenant in &tenants {
        if let Err(error) = &tenant.result {
            // Writing to a string cannot fail.
            let _infallible = write!(text, "{}: {}", tenant.schema.as_str(), chain(error));
        }
    }
    let needs_session =
        |tenant: &Tenant<Report>| matches!(tenant.result, Err(MigrateError::NeedsSession { .. }));
    if place.is_by_url() && tenants.iter().any(needs_session) {
        output.note(BY_URL);
    }
    let reports = || {
        tenants
            .iter()
            .filter_map(|tenant| tenant.result.as_ref().ok())
    };
    let applied: usize = reports().map(|report| report.applied.len()).sum();
    let failed = tenants.len() - reports().count();
    let words = format!(
        "{applied} migration(s) applied in {} schemas, {failed} failed",
        tenants.len()
    );
    if failed == 0 {
        output.done(words);
    } else {
        output.undone(words);
    }
    let list: Vec<Value> = tenants
        .iter()
        .map(|tenant| one(tenant, json::report))
        .collect();
    let value = json!({ "schemas": list, "applied": applied, "failed": failed });
    output
        .result(text, &value)
        .map_err(Error::step("printing the result"))?;
    Ok(if failed == 0 { Exit::Ok } else { Exit::No })
}

async fn schemas(
    place: &Place,
    migrator: &Migrator,
    output: &mut Output,
) -> Result<Vec<SchemaName>, Error> {
    let named = match &place.tenants {
        Some(Which::These(names)) => return Ok(names.clone()),
        Some(Which::Query(query)) => Some(query),
        Some(Which::All) | None => None,
    };
    let mut conn = place.connect(output).await?;
    let found = match named {
        Some(query) => migrator.schemas_of(&mut conn, query).await,
        None => migrator.schemas(&mut conn).await,
    };
    let found = found.map_err(Error::step("looking for the schemas"))?;
    if found.is_empty() {
        nothing_found(place, named.is_some(), output)?;
    }
    Ok(found)
}

/// A query that gives nothing is a wrong one more often than not; that no schema has a ledger is true of each new
/// database.
fn nothing_found(place: &Place, by_query: bool, output: &mut Output) -> Result<(), Error> {
    if by_query && !place.allow_no_schemas {
        return Err(Error::NotConfirmed(
            "the query of --schemas-from gives no schema; if that is right, give --allow-no-schemas"
                .to_owned(),
        ));
    }
    output.note(if by_query {
        "the query of --schemas-from gives no schema"
    } else {
        "no schema of this database has a ledger, so there is none to look at: --schemas and --schemas-from take new ones"
    });
    Ok(())
}

/// What stays on the screen: the migrations themselves are too many.
fn note(schema: &SchemaName, event: &Event<'_>, progress: &crate::progress::Progress) {
    let schema = schema.as_str();
    match event {
        Event::Waiting {
            holder: Some(holder),
            ..
        } => progress.note(format_args!(
            "{schema}: another migration holds the lock: {holder}"
        )),
        Event::Retrying { step, delay, .. } => progress.note(format_args!(
            "{schema}: {} waits for a lock; next try in {delay:.0?}",
            step.file
        )),
        Event::Repaired { step, action, .. } => progress.note(format_args!(
            "{schema}: {} was interrupted by an earlier run: {action}",
            step.file
        )),
        _ => {}
    }
}

fn one<T>(tenant: &Tenant<T>, value: impl Fn(&T) -> Value) -> Value {
    let schema = tenant.schema.as_str();
    match &tenant.result {
        Ok(result) => json!({ "schema": schema, "result": value(result) }),
        Err(error) => json!({ "schema": schema, "error": describe(error) }),
    }
}

/// An error and its causes, a line each.
fn chain(error: &MigrateError) -> String {
    let mut lines = format!("{error}\n");
    for cause in causes(error) {
        let indented = cause.replace('\n', "\n    ");
        // Writing to a string cannot fail.
        let _infallible = writeln!(lines, "  because: {indented}");
    }
    lines
}
