use std::fmt;

use howdah_migrate::Step;

use super::json;
use super::place::Place;
use crate::{Error, Exit, Output, migration_events};

const STEP: &str = "migrating";

/// What is pending; with `all`, also what is applied.
pub(super) async fn plan(place: &Place, all: bool, output: &mut Output) -> Result<Exit, Error> {
    let migrator = place.migrator()?;
    let mut connection = place.connect(output).await?;
    let plan = migrator
        .plan(&mut connection)
        .await
        .map_err(Error::step("comparing the files with the ledger"))?;
    for warning in plan.warnings() {
        output.note(warning);
    }
    for step in plan.pending() {
        migration_events::removed(step, output);
    }
    let applied = plan.applied().iter().filter(|_| all);
    let steps: Vec<&Step> = applied.chain(plan.pending()).collect();
    output
        .result(Lines(&steps), &json::plan(&plan))
        .map_err(Error::step("printing the result"))?;
    Ok(if plan.is_up_to_date() {
        Exit::Ok
    } else {
        Exit::Pending
    })
}

pub(super) async fn up(place: &Place, output: &mut Output) -> Result<Exit, Error> {
    let migrator = place.migrator()?;
    let connector = place.connector(output)?;
    output.begin("migrating");
    let mut done = Vec::new();
    let report = migrator
        .apply(&connector, |event| {
            migration_events::show(&event, output);
            migration_events::keep(&event, &mut done);
        })
        .await;
    if report.is_err() {
        migration_events::say("applied before that, and stay so", &done, output);
    }
    let report = report.map_err(Error::step(STEP))?;
    output.done(format_args!(
        "{} migration(s) applied",
        report.applied.len()
    ));
    output
        .result(format_args!("{report}\n"), &json::report(&report))
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

/// One step a line.
struct Lines<'a>(&'a [&'a Step]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing is pending\n");
        }
        self.0.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}
