use std::fmt;

use howdah_migrate::{Act, Entry, Migrations, Migrator, Plan};
use serde_json::{Value, json};

use super::place::Place;
use super::{json, problems};
use crate::{Error, Exit, Output};

pub(super) async fn history(
    place: &Place,
    verbose: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let mut connection = place.connect(output).await?;
    // The log says everything: the files may be in any state.
    let migrator = Migrator::new(Migrations::default(), place.options.clone());
    let mut entries = migrator
        .history(&mut connection)
        .await
        .map_err(Error::step("reading the log"))?;
    if !verbose {
        entries.retain(|entry| !is_detail(entry));
    }
    let values: Vec<Value> = entries.iter().map(json::entry).collect();
    let lines = Lines {
        entries: &entries,
        verbose,
    };
    output
        .result(lines, &json!({ "history": values }))
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

pub(super) async fn current(place: &Place, output: &mut Output) -> Result<Exit, Error> {
    let mut connection = place.connect(output).await?;
    let plan = place
        .migrator()?
        .examine(&mut connection)
        .await
        .map_err(Error::step(problems::STEP))?;
    problems::missing_schema(&plan, output);
    let newest = plan.applied().last();
    let value = json!({
        "version": newest.map(|step| step.version.as_i64()),
        "description": newest.map(|step| &step.description),
    });
    let error = problems::of(&plan);
    let value = problems::with(value, error.as_ref());
    let line = newest.map_or_else(
        || nothing(&plan),
        |step| format!("{}  {}\n", step.version, step.description),
    );
    output
        .result(line, &value)
        .map_err(Error::step("printing the result"))?;
    error.map_or(Ok(Exit::Ok), Err)
}

/// What is wrong may be that there is no file for what is applied.
fn nothing(plan: &Plan) -> String {
    let what = if plan.problems().is_empty() {
        "nothing"
    } else {
        "no file of the directory"
    };
    format!("{what} is applied\n")
}

/// What only a reader wants who looks for the cause of something.
fn is_detail(entry: &Entry) -> bool {
    matches!(
        entry.act,
        Some(Act::Began | Act::StatementBegan | Act::StatementEnded | Act::StatementFailed)
    )
}

struct Lines<'a> {
    entries: &'a [Entry],
    verbose: bool,
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.entries.is_empty() {
            return f.write_str("the log is empty\n");
        }
        self.entries
            .iter()
            .try_for_each(|entry| line(f, entry, self.verbose))
    }
}

fn line(f: &mut fmt::Formatter<'_>, entry: &Entry, verbose: bool) -> fmt::Result {
    let act = entry
        .act
        .map_or_else(|| "?".to_owned(), |act| act.to_string());
    write!(f, "{}  {act}", entry.at)?;
    if let Some(version) = entry.version {
        write!(f, "  {version}")?;
    }
    write!(f, "  {}  by {}", entry.description, entry.role)?;
    if let Some(elapsed) = entry.elapsed {
        write!(f, "  {elapsed:.0?}")?;
    }
    if let Some(reason) = &entry.reason {
        write!(f, "  because: {reason}")?;
    }
    if verbose {
        details(f, entry)?;
    }
    if let Some(message) = &entry.message {
        write!(f, "\n    {}", message.replace('\n', "\n    "))?;
    }
    f.write_str("\n")
}

fn details(f: &mut fmt::Formatter<'_>, entry: &Entry) -> fmt::Result {
    if let Some(number) = entry.statement {
        write!(f, "  statement {number}")?;
    }
    for (what, text) in [
        ("application", &entry.application),
        ("version", &entry.application_version),
        ("host", &entry.host),
        ("person", &entry.person),
    ] {
        if let Some(text) = text {
            write!(f, "  {what} {text}")?;
        }
    }
    Ok(())
}
