use std::io::{self, Read, Write};

use howdah_config::{Unset, interpolate};

use crate::args::UnsetArg;
use crate::{Error, Exit, Output, process_environment};

const STEP: &str = "interpolating standard input";

/// `howdah config interpolate`
pub(super) fn interpolate_input(unset: UnsetArg, output: &mut Output) -> Result<Exit, Error> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(Error::step(STEP))?;
    let unset = match unset {
        UnsetArg::Error => Unset::Error,
        UnsetArg::Empty => Unset::Empty,
    };
    let environment = process_environment();
    let variable = |name: &str| environment.get(name).cloned();
    // A line at a time would break a default that spans lines; the whole text is one value.
    let result = interpolate(&text, &variable, unset)
        .map_err(|error| Error::Usage(format!("standard input: {error}")))?;
    for name in &result.unset {
        output.note(format_args!("{name} is not set, nothing is inserted"));
    }
    io::stdout()
        .write_all(result.text.as_bytes())
        .map_err(Error::step(STEP))?;
    Ok(Exit::Ok)
}
