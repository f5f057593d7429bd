use howdah_migrate::Version;
use serde_json::json;

use super::place::Place;
use super::report;
use crate::{Error, Exit, Output};

pub(super) async fn stamp(place: &Place, reason: &str, output: &mut Output) -> Result<Exit, Error> {
    let connector = place.connector(output)?;
    let report = place
        .migrator()?
        .stamp(&connector, reason, |_event| {})
        .await
        .map_err(Error::step("writing the ledger"))?;
    report::print(&report, "nothing to stamp: nothing is pending", output)
}

pub(super) async fn abandon(
    place: &Place,
    version: i64,
    reason: &str,
    dry_run: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let version = Version::new(version)
        .ok_or_else(|| Error::Usage(format!("--abandon {version}: a version is above zero")))?;
    if dry_run {
        return plan_abandon(place, version, output).await;
    }
    let connector = place.connector(output)?;
    let report = place
        .migrator()?
        .abandon(&connector, version, reason, |_event| {})
        .await
        .map_err(Error::step("giving up a migration"))?;
    report::print(&report, "nothing to give up", output)
}

/// Which one it would be.
async fn plan_abandon(place: &Place, version: Version, output: &mut Output) -> Result<Exit, Error> {
    let mut connection = place.connect(output).await?;
    let migrator = place.migrator()?;
    let unfinished = migrator.plan_abandon(&mut connection, version).await;
    let unfinished = unfinished.map_err(Error::step("looking what can be given up"))?;
    let (version, description) = (unfinished.version(), unfinished.description());
    let value =
        json!({ "unfinished": { "version": version.as_i64(), "description": description } });
    output
        .result(format_args!("{version}  {description}\n"), &value)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}
