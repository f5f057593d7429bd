use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;

use howdah_config::{EffectiveValue, Unset, interpolate};
use serde_json::json;

use crate::args::{Common, ConfigCommand, UnsetArg};
use crate::{Error, Exit, Output, process_environment, settings};

/// Runs `howdah config`.
pub(crate) fn run(
    command: &ConfigCommand,
    common: Common,
    output: &mut Output,
) -> Result<Exit, Error> {
    match command {
        ConfigCommand::Check => check(common, output),
        ConfigCommand::Show => show(common, output),
        ConfigCommand::Interpolate { unset } => interpolate_input(*unset, output),
    }
}

fn check(common: Common, output: &mut Output) -> Result<Exit, Error> {
    let loaded = settings::load(Path::new("."), common.config, output)?;
    let file = loaded
        .file()
        .map_or("no settings file, the defaults hold".to_owned(), |file| {
            file.display().to_string()
        });
    output
        .result(
            format_args!("ok: {file}\n"),
            &json!({ "ok": true, "file": loaded.file() }),
        )
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

fn show(common: Common, output: &mut Output) -> Result<Exit, Error> {
    let loaded = settings::load(Path::new("."), common.config, output)?;
    let values = loaded.effective();
    let rows: Vec<_> = values
        .iter()
        .map(|row| json!({ "path": row.path, "value": row.value, "origin": row.origin }))
        .collect();
    output
        .result(Table(&values), &rows)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

/// Path, value and origin in columns.
struct Table<'a>(&'a [EffectiveValue]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&EffectiveValue) -> &str| {
            self.0
                .iter()
                .map(|row| text(row).chars().count())
                .max()
                .unwrap_or_default()
        };
        let (path, value) = (width(|row| &row.path), width(|row| &row.value));
        self.0.iter().try_for_each(|row| {
            writeln!(
                f,
                "{:path$}  {:value$}  {}",
                row.path, row.value, row.origin
            )
        })
    }
}

fn interpolate_input(unset: UnsetArg, output: &mut Output) -> Result<Exit, Error> {
    const STEP: &str = "interpolating standard input";
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
