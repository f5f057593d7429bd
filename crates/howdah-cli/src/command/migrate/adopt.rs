use howdah_migrate::{Legacy, LegacyTool};
use serde_json::json;

use super::json;
use super::place::{Place, version};
use crate::args::AdoptArgs;
use crate::{Error, Exit, Output};

/// Stamps what another tool has applied.
pub(super) async fn run(
    place: &Place,
    args: &AdoptArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    let legacy = legacy(args)?;
    let migrator = place.migrator()?;
    let mut connection = place.connect(output).await?;
    let adoption = migrator
        .plan_adopt(&mut connection, &legacy)
        .await
        .map_err(Error::step("reading the other ledger"))?;
    if args.dry_run {
        output
            .result(format_args!("{adoption}\n"), &json::adoption(&adoption))
            .map_err(Error::step("printing the result"))?;
        return Ok(Exit::Ok);
    }
    let report = migrator
        .adopt(place.connector(output)?, &legacy, |_event| {})
        .await
        .map_err(Error::step("writing the ledger"))?;
    let value = json!({
        "stamped": json::all(&report.stamped),
        "adoption": json::adoption(&adoption),
    });
    let text = if report.is_empty() {
        "nothing to adopt: the ledger has all of it\n".to_owned()
    } else {
        format!("{report}\n")
    };
    output
        .result(text, &value)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

fn legacy(args: &AdoptArgs) -> Result<Legacy, Error> {
    let tool = LegacyTool::from(args.from);
    let mut legacy = Legacy::new(tool);
    if let Some(at) = args.at {
        if tool != LegacyTool::Alembic {
            let message =
                format!("--at is for alembic: the ledger of {tool} says itself what is applied");
            return Err(Error::Usage(message));
        }
        legacy.at = Some(version(at)?);
    }
    if let Some(table) = &args.table {
        let (schema, name) = match table.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, table.as_str()),
        };
        let wrong =
            |error: &dyn std::fmt::Display| Error::Usage(format!("--table {table:?}: {error}"));
        legacy.table = Some(name.parse().map_err(|error| wrong(&error))?);
        legacy.schema = schema
            .map(str::parse)
            .transpose()
            .map_err(|error| wrong(&error))?;
    }
    Ok(legacy)
}
