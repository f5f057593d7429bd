use howdah_migrate::Version;

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
