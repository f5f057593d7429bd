//! In production, what can lose data runs only where somebody has said so.

use howdah_ident::SchemaName;
use howdah_migrate::Problem;

use super::place::Place;
use super::problems;
use crate::{Error, Output};

pub(super) async fn ask(place: &Place, yes: bool, output: &mut Output) -> Result<(), Error> {
    if !place.is_asked(yes) {
        return Ok(());
    }
    let migrator = place.migrator()?;
    let mut connection = place.connect(output).await?;
    let plan = migrator.examine(&mut connection).await;
    let plan = plan.map_err(Error::step(problems::STEP))?;
    // Where something is wrong nothing runs, and the run says what.
    if !plan.problems().is_empty() {
        return Ok(());
    }
    refuse(&place.migrations()?.losses(&plan))
}

/// The same of many schemas; one that cannot be looked at fails in the run, too.
pub(super) async fn ask_in_each(
    place: &Place,
    schemas: &[SchemaName],
    yes: bool,
    output: &mut Output,
) -> Result<(), Error> {
    if !place.is_asked(yes) {
        return Ok(());
    }
    let (migrator, migrations) = (place.migrator()?, place.migrations()?);
    let tenants = migrator.tenants(place.connector(output)?, schemas.to_vec());
    let tenants = tenants.connections(place.connections).plan().await;
    let mut losses: Vec<Problem> = Vec::new();
    for plan in tenants.iter().filter_map(|one| one.result.as_ref().ok()) {
        for loss in migrations.losses(plan) {
            if !losses.contains(&loss) {
                losses.push(loss);
            }
        }
    }
    refuse(&losses)
}

fn refuse(losses: &[Problem]) -> Result<(), Error> {
    if losses.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = losses.iter().map(ToString::to_string).collect();
    Err(Error::NotConfirmed(format!(
        "this is production, and what is pending may lose data: give --yes\n  {}",
        list.join("\n  ")
    )))
}
