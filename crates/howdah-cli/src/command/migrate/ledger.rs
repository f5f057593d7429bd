use std::fmt::Write;

use howdah_migrate::Version;
use serde_json::json;

use super::place::Place;
use super::report;
use crate::{Error, Exit, Output};

const NOTHING_TO_REPAIR: &str = "nothing to repair: no file was edited after it was applied";

pub(super) async fn stamp(place: &Place, reason: &str, output: &mut Output) -> Result<Exit, Error> {
    let connector = place.connector(output)?;
    let report = place
        .migrator()?
        .stamp(&connector, reason, |_event| {})
        .await
        .map_err(Error::step("writing the ledger"))?;
    report::print(&report, "nothing to stamp: nothing is pending", output)
}

pub(super) async fn repair(
    place: &Place,
    reason: &str,
    dry_run: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let migrator = place.migrator()?;
    if dry_run {
        let mut connection = place.connect(output).await?;
        let edited = migrator
            .plan_repair(&mut connection)
            .await
            .map_err(Error::step("comparing the files with the ledger"))?;
        let mut lines = String::new();
        if edited.is_empty() {
            lines = format!("{NOTHING_TO_REPAIR}\n");
        }
        for migration in &edited {
            // Writing to a string cannot fail.
            let _infallible = writeln!(lines, "{}", migration.file());
        }
        let files: Vec<&str> = edited.iter().map(howdah_migrate::Migration::file).collect();
        output
            .result(lines, &json!({ "edited": files }))
            .map_err(Error::step("printing the result"))?;
        return Ok(Exit::Ok);
    }
    let connector = place.connector(output)?;
    let report = migrator
        .repair(&connector, reason, |_event| {})
        .await
        .map_err(Error::step("repairing the ledger"))?;
    report::print(&report, NOTHING_TO_REPAIR, output)
}

pub(super) async fn abandon(
    place: &Place,
    version: i64,
    reason: &str,
    output: &mut Output,
) -> Result<Exit, Error> {
    let version = Version::new(version)
        .ok_or_else(|| Error::Usage(format!("--abandon {version}: a version is above zero")))?;
    let connector = place.connector(output)?;
    let report = place
        .migrator()?
        .abandon(&connector, version, reason, |_event| {})
        .await
        .map_err(Error::step("giving up a migration"))?;
    report::print(&report, "nothing to give up", output)
}
