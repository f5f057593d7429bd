use std::fmt;

use howdah_migrate::{Plan, State, Step};

use super::place::Place;
use super::{json, losses, problems, report};
use crate::{Error, Exit, Output, migration_events};

const STEP: &str = "migrating";

/// What is pending, and what something is wrong with; with `all`, also what is applied.
pub(super) async fn plan(place: &Place, all: bool, output: &mut Output) -> Result<Exit, Error> {
    let migrator = place.migrator()?;
    let mut connection = place.connect(output).await?;
    let plan = migrator
        .examine(&mut connection)
        .await
        .map_err(Error::step(problems::STEP))?;
    for warning in plan.warnings() {
        output.note(warning);
    }
    problems::missing_schema(&plan, output);
    for step in plan.pending() {
        migration_events::removed(step, output);
    }
    let error = problems::of(&plan);
    let value = problems::with(json::plan(&plan), error.as_ref());
    output
        .result(Lines { plan: &plan, all }, &value)
        .map_err(Error::step("printing the result"))?;
    error.map_or(Ok(()), Err)?;
    Ok(if plan.is_up_to_date() {
        Exit::Ok
    } else {
        Exit::Pending
    })
}

pub(super) async fn up(place: &Place, yes: bool, output: &mut Output) -> Result<Exit, Error> {
    losses::ask(place, yes, output).await?;
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
    let report = report.map_err(place.failed(STEP))?;
    output.done(format_args!(
        "{} migration(s) applied",
        report.applied.len()
    ));
    report::print(&report, "nothing to apply", output)
}

/// One step a line, and below it what is wrong with it.
struct Lines<'a> {
    plan: &'a Plan,
    all: bool,
}

impl Lines<'_> {
    fn is_shown(&self, applied: &Step) -> bool {
        let does_something = applied.state == State::Unsettled;
        self.all || does_something || self.plan.problems_of(applied).next().is_some()
    }
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        let applied = plan.applied().iter().filter(|step| self.is_shown(step));
        let steps: Vec<&Step> = applied.chain(plan.pending()).collect();
        if steps.is_empty() && plan.problems().is_empty() {
            return f.write_str("nothing is pending\n");
        }
        for step in steps {
            writeln!(f, "{step}")?;
            for problem in plan.problems_of(step) {
                writeln!(f, "    problem: {problem}")?;
            }
        }
        let mut others = plan.problems_of_none();
        others.try_for_each(|problem| writeln!(f, "problem: {problem}"))
    }
}
