use std::io::{self, Read};

use howdah_config::{InterpolationError, Unset, interpolate};
use serde_json::json;

use crate::args::UnsetArg;
use crate::{Error, Exit, Output, process_environment};

/// `howdah config interpolate`
pub(super) fn interpolate_input(unset: UnsetArg, output: &mut Output) -> Result<Exit, Error> {
    let text = read_input()?;
    let unset = match unset {
        UnsetArg::Error => Unset::Error,
        UnsetArg::Empty => Unset::Empty,
    };
    let environment = process_environment();
    let variable = |name: &str| environment.get(name).cloned();
    let result = interpolate(&text, &variable, unset).map_err(|error| refused(&text, &error))?;
    for name in &result.unset {
        output.note(format_args!("{name} is not set, nothing is inserted"));
    }
    let value = json!({
        "text": result.text,
        "variables": result.variables,
        "unset": result.unset,
    });
    output
        .result(&result.text, &value)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

fn read_input() -> Result<String, Error> {
    let mut bytes = Vec::new();
    io::stdin()
        .read_to_end(&mut bytes)
        .map_err(Error::step("reading standard input"))?;
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Error::Usage(format!(
            "standard input is not UTF-8 at byte offset {offset}; convert it"
        ))
    })
}

fn refused(text: &str, error: &InterpolationError) -> Error {
    let (line, column) = place(text, error.offset);
    Error::Usage(format!("standard input:{line}:{column}: {error}"))
}

/// Line and column, both from 1, columns in characters: as the settings say where a value stands.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
    let line = before.matches('\n').count();
    let column = before.get(start..).unwrap_or_default().chars().count();
    (line.saturating_add(1), column.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_from_one_in_lines_and_characters() {
        for (text, offset, expected) in [
            ("", 0, (1, 1)),
            ("ab$X", 2, (1, 3)),
            ("ä$X", 2, (1, 2)),
            ("a\nb\n$X", 4, (3, 1)),
            ("a\r\n\n x$X", 6, (3, 3)),
            ("a", 9, (1, 2)),
        ] {
            assert_eq!(place(text, offset), expected, "{text:?}");
        }
    }
}
