mod secrets;

use std::fmt;

use howdah_config::Loaded;
use howdah_pool::Login;
use howdah_secrets::Secret;
use serde_json::json;

use super::problems;
use crate::settings::Sources;
use crate::{Error, Exit, Output};

use secrets::SecretProblem;

/// `howdah config check`
pub(super) fn check(sources: Sources, output: &mut Output) -> Result<Exit, Error> {
    let loaded = problems::load(sources, output)?;
    let found = secrets::check(&loaded, output);
    if !found.is_empty() {
        problems::print(found.iter().map(SecretProblem::json), output)?;
        return Err(Error::Usage(Lines(&found).to_string()));
    }
    check_driver(&loaded, output)?;
    print_ok(&loaded, output)?;
    Ok(Exit::Ok)
}

/// What the driver cannot do is said now, and not at the first connection.
fn check_driver(loaded: &Loaded, output: &mut Output) -> Result<(), Error> {
    let database = &loaded.database;
    let login = Login::new(database, database.roles.app.clone(), Secret::new(""));
    match login.check() {
        Ok(()) => {}
        Err(error @ howdah_pool::Error::TlsNotCompiled { .. }) => {
            return Err(Error::Usage(error.to_string()));
        }
        Err(error) => output.note(error),
    }
    Ok(())
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
