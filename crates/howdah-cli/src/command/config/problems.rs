//! The problems of the settings as JSON, the same for every command that loads them to show something.

use std::path::Path;

use howdah_config::{Error as SettingsError, Loaded, Problem};
use serde_json::{Value, json};

use crate::settings::{self, Sources};
use crate::{Error, Output};

/// The settings. With `--json` their problems are printed, besides being the error.
pub(super) fn load(sources: Sources, output: &mut Output) -> Result<Loaded, Error> {
    match settings::load(Path::new("."), sources, output) {
        Err(Error::Settings(SettingsError::Invalid { problems })) => {
            print(problems.iter().map(of_settings), output)?;
            Err(Error::Settings(SettingsError::Invalid { problems }))
        }
        loaded => loaded,
    }
}

/// With `--json` only: the words go to standard error.
pub(super) fn print(
    problems: impl Iterator<Item = Value>,
    output: &mut Output,
) -> Result<(), Error> {
    let value = json!({ "ok": false, "problems": problems.collect::<Vec<_>>() });
    output
        .result("", &value)
        .map_err(Error::step("printing the result"))
}

fn of_settings(problem: &Problem) -> Value {
    json!({
        "path": problem.path,
        "name": problem.name,
        "value": problem.value,
        "message": problem.message,
        "expected": problem.expected,
        "variables": problem.variables,
        "origin": problem.origin.to_string(),
    })
}
