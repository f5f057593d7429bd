use std::io::{self, IsTerminal};

use crate::{Error, Output};

/// Asks the person to type `name`; `given` is the answer of a command line option.
pub(crate) fn confirm(
    question: &str,
    name: &str,
    given: Option<&str>,
    output: &mut Output,
) -> Result<(), Error> {
    if let Some(given) = given {
        return check(name, given);
    }
    if !io::stdin().is_terminal() {
        return Err(Error::NotConfirmed(format!(
            "there is no terminal to confirm on; give --confirm {name}"
        )));
    }
    output.ask(format_args!("{question} Type {name} to go on:"));
    let mut line = String::new();
    io::stdin()
        .read_line(&mut line)
        .map_err(Error::step("reading the confirmation"))?;
    check(name, line.trim_end_matches(['\r', '\n']))
}

fn check(name: &str, given: &str) -> Result<(), Error> {
    if given == name {
        return Ok(());
    }
    Err(Error::NotConfirmed(format!(
        "the confirmation must be the database's name, {name}"
    )))
}
