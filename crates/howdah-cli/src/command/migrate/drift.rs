use std::fmt;

use howdah_ident::SchemaName;
use howdah_migrate::{Catalog, Change, Difference, Migrator, Plan, Target, expected};
use serde_json::{Value, json};
use sqlx::Connection as _;

use super::open::open;
use super::place::Place;
use super::server_wide::ServerWide;
use super::shadow::Scratch;
use crate::args::ShadowArgs;
use crate::{Error, Exit, Output};

/// The schema as it is.
struct Found {
    plan: Plan,
    catalog: Catalog,
    server_version: Option<u32>,
}

/// Compares the schema with what the applied migrations make elsewhere.
pub(super) async fn run(
    place: &Place,
    shadow: &ShadowArgs,
    privileges: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let found = find(place, output).await?;
    let wanted = wanted(place, shadow, &found, output).await?;
    let (wanted, found) = if privileges {
        (wanted, found.catalog)
    } else {
        (
            wanted.without_privileges(),
            found.catalog.without_privileges(),
        )
    };
    let drift = Drift {
        schema: &place.options.schema,
        differences: wanted.diff(&found),
    };
    let value = json!({
        "schema": drift.schema.as_str(),
        "expected": wanted.fingerprint().to_string(),
        "found": found.fingerprint().to_string(),
        "differences": drift.differences.iter().map(difference).collect::<Vec<_>>(),
    });
    output
        .result(&drift, &value)
        .map_err(Error::step("printing the result"))?;
    Ok(if drift.differences.is_empty() {
        Exit::Ok
    } else {
        Exit::Pending
    })
}

async fn find(place: &Place, output: &mut Output) -> Result<Found, Error> {
    let mut conn = place.connect(output).await?;
    let plan = place
        .migrator()?
        .plan(&mut conn)
        .await
        .map_err(Error::step("comparing the files with the ledger"))?;
    if plan.applied().is_empty() {
        return Err(Error::NotConfirmed(format!(
            "no migration is applied in the schema {}, so there is nothing to compare it with",
            place.options.schema
        )));
    }
    if !plan.is_up_to_date() {
        let pending = plan.pending().len();
        output.note(format_args!(
            "{pending} pending migration(s) are not compared"
        ));
    }
    let catalog = Catalog::read_beside(&mut conn, &place.options.schema, &place.options.ledger)
        .await
        .map_err(Error::step("reading the schema"))?;
    let server_version = conn.server_version_num();
    conn.close().await.map_err(Error::step("disconnecting"))?;
    Ok(Found {
        plan,
        catalog,
        server_version,
    })
}

async fn wanted(
    place: &Place,
    shadow: &ShadowArgs,
    found: &Found,
    output: &mut Output,
) -> Result<Catalog, Error> {
    let migrations = place.migrations()?.applied(&found.plan);
    output.begin("making the wanted schema");
    let changes = ServerWide::of(migrations.iter());
    let scratch = Scratch::make(place, shadow, changes, output).await?;
    let versions = (major(found.server_version), major(scratch.server_version));
    let mut options = place.options.clone();
    options.role.clone_from(&scratch.role);
    options.target = Target::Newest;
    let migrator = Migrator::new(migrations, options);
    let login = scratch.login.clone();
    let work = async move {
        if versions.0 != versions.1 {
            return Err(Error::Usage(format!(
                "the database is on PostgreSQL {}, and --shadow-url leads to {}: they spell definitions in different \
                 ways; give a server of the same major version",
                versions.0, versions.1
            )));
        }
        let apply = open(&login).await.map_err(Error::step("connecting"))?;
        let mut read = open(&login).await.map_err(Error::step("connecting"))?;
        expected(&migrator, apply, &mut read)
            .await
            .map_err(Error::step("applying the migrations to a scratch database"))
    };
    let wanted = scratch.run(work).await?;
    output.done("the applied migrations ran in a scratch database, which is dropped");
    Ok(wanted)
}

fn major(server_version: Option<u32>) -> u32 {
    server_version.unwrap_or_default() / 10_000
}

pub(super) fn difference(difference: &Difference) -> Value {
    let (change, what, expected, found) = match &difference.change {
        Change::Missing => ("missing", None, None, None),
        Change::Unexpected => ("unexpected", None, None, None),
        Change::Changed {
            what,
            expected,
            found,
        } => ("changed", Some(what), expected.as_ref(), found.as_ref()),
        _ => ("other", None, None, None),
    };
    json!({
        "object": difference.object.to_string(),
        "kind": difference.object.kind.to_string(),
        "name": difference.object.name,
        "of": difference.object.of.as_ref().map(|of| of.name.as_str()),
        "change": change,
        "what": what,
        "expected": expected,
        "found": found,
        "minor": difference.is_minor(),
    })
}

/// One difference a line.
struct Drift<'a> {
    schema: &'a SchemaName,
    differences: Vec<Difference>,
}

impl fmt::Display for Drift<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.differences.is_empty() {
            let schema = self.schema.as_str();
            return writeln!(
                f,
                "no drift: the schema {schema} is as its migrations make it"
            );
        }
        self.differences
            .iter()
            .try_for_each(|difference| writeln!(f, "{difference}"))
    }
}
