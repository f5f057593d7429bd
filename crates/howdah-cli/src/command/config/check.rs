mod secrets;

use std::fmt;
use std::path::Path;

use howdah_config::{Error as SettingsError, Loaded, Problem};
use serde_json::{Value, json};

use crate::settings::{self, Sources};
use crate::{Error, Exit, Output};

use secrets::SecretProblem;

/// `howdah config check`
pub(super) fn check(sources: Sources, output: &mut Output) -> Result<Exit, Error> {
    let loaded = match settings::load(Path::new("."), sources, output) {
        Err(Error::Settings(SettingsError::Invalid { problems })) => {
            print_problems(problems.iter().map(of_settings), output)?;
            return Err(Error::Settings(SettingsError::Invalid { problems }));
        }
        loaded => loaded?,
    };
    let problems = secrets::check(&loaded, output);
    if !problems.is_empty() {
        print_problems(problems.iter().map(SecretProblem::json), output)?;
        return Err(Error::Usage(Lines(&problems).to_string()));
    }
    print_ok(&loaded, output)?;
    Ok(Exit::Ok)
}

fn print_ok(loaded: &Loaded, output: &mut Output) -> Result<(), Error> {
    let file = loaded
        .file()
        .map_or("no settings file, the defaults hold".to_owned(), |file| {
            file.display().to_string()
        });
    let value = json!({ "ok": true, "file": loaded.file(), "problems": [] });
    output
        .result(format_args!("ok: {file}\n"), &value)
        .map_err(Error::step("printing the result"))
}

/// With `--json` only: the words go to standard error.
fn print_problems(problems: impl Iterator<Item = Value>, output: &mut Output) -> Result<(), Error> {
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

struct Lines<'a>(&'a [SecretProblem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "{} problem{plural} in the secrets", self.0.len())?;
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}
