use std::fmt;

use howdah_migrate::{Migration, Plan, Report, State, Step};
use serde_json::json;

use super::place::Place;
use super::{json, problems};
use crate::{Error, Exit, Output};

const NOTHING: &str = "nothing to repair: no file was edited after it was applied\n";

/// Writes checksums, and says what else is there that this is no cure for.
pub(super) async fn repair(
    place: &Place,
    reason: &str,
    dry_run: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    if dry_run {
        return plan(place, output).await;
    }
    let migrator = place.migrator()?;
    let connector = place.connector(output)?;
    let report = migrator
        .repair(&connector, reason, |_event| {})
        .await
        .map_err(Error::step("repairing the ledger"))?;
    let plan = examine(place, output).await?;
    let error = problems::of(&plan);
    let mut value = json::report(&report);
    put_unfinished(&mut value, &plan);
    let value = problems::with(value, error.as_ref());
    let lines = Lines {
        report: &report,
        plan: &plan,
    };
    output
        .result(lines, &value)
        .map_err(Error::step("printing the result"))?;
    error.map_or(Ok(Exit::Ok), Err)
}

/// Which files it would be, a line each; the rest are words.
async fn plan(place: &Place, output: &mut Output) -> Result<Exit, Error> {
    let mut connection = place.connect(output).await?;
    let edited = place
        .migrator()?
        .plan_repair(&mut connection)
        .await
        .map_err(Error::step(problems::STEP))?;
    let plan = examine(place, output).await?;
    let files: Vec<&str> = edited.iter().map(Migration::file).collect();
    let is_other = |place: &str| !files.contains(&place);
    let others = plan.problems().iter().filter(|it| is_other(&it.place));
    others.for_each(|problem| output.note(format_args!("this is no cure for it: {problem}")));
    unfinished(&plan).for_each(|step| output.note(Unfinished(step)));
    let mut value = json!({ "edited": files });
    put_unfinished(&mut value, &plan);
    let lines: String = if files.is_empty() {
        NOTHING.to_owned()
    } else {
        files.iter().flat_map(|file| [file, "\n"]).collect()
    };
    output
        .result(lines, &value)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

async fn examine(place: &Place, output: &mut Output) -> Result<Plan, Error> {
    let mut connection = place.connect(output).await?;
    let plan = place.migrator()?.examine(&mut connection).await;
    plan.map_err(Error::step(problems::STEP))
}

fn unfinished(plan: &Plan) -> impl Iterator<Item = &Step> {
    let is_unfinished = |step: &&Step| {
        let goes_on = plan.problems_of(step).next().is_none();
        goes_on && matches!(step.state, State::Unfinished | State::Reverting)
    };
    plan.pending().iter().filter(is_unfinished)
}

fn put_unfinished(value: &mut serde_json::Value, plan: &Plan) {
    if let Some(fields) = value.as_object_mut() {
        let steps: Vec<_> = unfinished(plan).map(json::step).collect();
        fields.insert("unfinished".to_owned(), steps.into());
    }
}

/// What was done, and what goes on without this.
struct Lines<'a> {
    report: &'a Report,
    plan: &'a Plan,
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.report.repaired.is_empty() {
            f.write_str(NOTHING)?;
        } else {
            writeln!(f, "{}", self.report)?;
        }
        unfinished(self.plan).try_for_each(|step| writeln!(f, "{}", Unfinished(step)))
    }
}

/// One that began outside a transaction and did not end, and what to do about it.
struct Unfinished<'a>(&'a Step);

impl fmt::Display for Unfinished<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step {
            version,
            description,
            state,
            ..
        } = self.0;
        let (what, goes_on) = if *state == State::Reverting {
            ("its way back is unfinished", "howdah migrate down")
        } else {
            ("is unfinished", "howdah migrate up")
        };
        write!(f, "{version}  {description}  {what}")?;
        if let Some(at) = &self.0.began_at {
            write!(f, " since {at} UTC")?;
        }
        if let Some(ended) = self.0.statements_ended {
            write!(f, " ({ended} statement(s) of it have ended)")?;
        }
        write!(
            f,
            ": `{goes_on}` goes on with it; or undo by hand what it did, and give it up: \
             `howdah migrate repair --abandon {version} --reason \"...\"`"
        )
    }
}
