use std::collections::BTreeMap;

use super::Fault;
use crate::interpolate::{Unset, interpolate};

/// Longer values together are no configuration: a line can repeat what stands above, and grow with each line.
const MAX_BYTES: usize = 1024 * 1024;

/// A value, where it stands, and the variables that it was made with.
pub(super) struct Assigned {
    pub(super) value: String,
    pub(super) line: usize,
    pub(super) made_with: Vec<String>,
}

type Assignments = BTreeMap<String, Assigned>;

/// Every assignment that can be read, and what is wrong with the other lines.
pub(super) fn parse(
    text: &str,
    environment: &BTreeMap<String, String>,
) -> (Assignments, Vec<Fault>) {
    let mut done = Assignments::new();
    let mut faults = Vec::new();
    if text.starts_with('\u{feff}') {
        let message = "starts with a byte order mark; save it without one".to_owned();
        faults.push(Fault { line: 1, message });
        return (done, faults);
    }
    let plain = plain_values(text);
    let mut bytes = 0_usize;
    for (line, content) in (1..).zip(text.lines()) {
        let vars = |name: &str| {
            let above = || done.get(name).map(|assigned| assigned.value.clone());
            let below = || plain.get(name).cloned();
            environment.get(name).cloned().or_else(above).or_else(below)
        };
        let message = match assignment(content, &vars) {
            Ok(None) => continue,
            Err(message) => message.to_owned(),
            Ok(Some((name, (value, made_with)))) => match done.get(name) {
                None if bytes.saturating_add(value.len()) > MAX_BYTES => {
                    let message = "its values are longer than 1 MiB together".to_owned();
                    faults.push(Fault { line, message });
                    break;
                }
                None => {
                    bytes = bytes.saturating_add(value.len());
                    let assigned = Assigned {
                        value,
                        line,
                        made_with,
                    };
                    done.insert(name.to_owned(), assigned);
                    continue;
                }
                Some(Assigned { line, .. }) => {
                    format!("sets a variable again; the first time is in line {line}")
                }
            },
        };
        faults.push(Fault { line, message });
    }
    (done, faults)
}

/// The values without a dollar sign: those may be used above their line, too.
fn plain_values(text: &str) -> BTreeMap<String, String> {
    let nothing = |_: &str| None;
    let plain = text.lines().filter(|line| !line.contains('$'));
    plain
        .filter_map(|line| assignment(line, &nothing).ok().flatten())
        .map(|(name, (value, _))| (name.to_owned(), value))
        .collect()
}

/// A value and the variables in it.
type Evaluated = (String, Vec<String>);

/// `KEY=value`, `export KEY=value`, or nothing.
fn assignment<'a>(
    line: &'a str,
    vars: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<(&'a str, Evaluated)>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line
        .strip_prefix("export")
        .filter(|rest| rest.starts_with(char::is_whitespace))
        .map_or(line, str::trim_start);
    let (name, value) = line.split_once('=').ok_or("has no `=`; write KEY=value")?;
    let name = name.trim_end();
    if !is_name(name) {
        return Err(
            "the name before `=` must be letters, digits and _, and must not start with a digit",
        );
    }
    Ok(Some((name, evaluate(value.trim_start(), vars)?)))
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn evaluate(value: &str, vars: &dyn Fn(&str) -> Option<String>) -> Result<Evaluated, &'static str> {
    if let Some(quoted) = value.strip_prefix('\'') {
        let (literal, rest) = quoted.split_once('\'').ok_or(UNCLOSED)?;
        only_a_comment(rest)?;
        return Ok((literal.to_owned(), Vec::new()));
    }
    let template = match value.strip_prefix('"') {
        Some(quoted) => double_quoted(quoted)?,
        None => unquoted(value)?.to_owned(),
    };
    // The name of a missing variable may be the rest of an unquoted password with a `$`: it is not shown.
    interpolate(&template, vars, Unset::Error)
        .map(|done| (done.text, done.variables))
        .map_err(|error| {
            if error.variable.is_some() {
                UNSET
            } else if error.is_limit {
                TOO_LARGE
            } else {
                MALFORMED
            }
        })
}

const UNCLOSED: &str = "a quote is not closed in its line";
const UNSET: &str = "uses a variable that is not set; give it a default with `:-`, or put the value in single \
                     quotes if its `$` is meant literally";
const TOO_LARGE: &str =
    "is nested too deeply, or is longer than 64 KiB when its variables are replaced";
const MALFORMED: &str =
    "has a malformed `${...}`; put the value in single quotes if its `$` is meant literally";

/// Without the quotes; `\$` becomes `$$`, which interpolation turns into a dollar sign.
fn double_quoted(quoted: &str) -> Result<String, &'static str> {
    let mut template = String::new();
    let mut characters = quoted.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => {
                only_a_comment(characters.as_str())?;
                return Ok(template);
            }
            '\\' => match characters.next().ok_or(UNCLOSED)? {
                'n' => template.push('\n'),
                '$' => template.push_str("$$"),
                c @ ('"' | '\\') => template.push(c),
                // As Compose: any other backslash is one.
                c => template.extend(['\\', c]),
            },
            c => template.push(c),
        }
    }
    Err(UNCLOSED)
}

fn unquoted(value: &str) -> Result<&str, &'static str> {
    let end = value
        .char_indices()
        .find(|&(at, c)| {
            let before = value.get(..at).unwrap_or_default();
            c == '#' && (before.is_empty() || before.ends_with(char::is_whitespace))
        })
        .map_or(value.len(), |(at, _)| at);
    let value = value.get(..end).unwrap_or(value).trim_end();
    if value.contains(char::is_whitespace) {
        return Err("a value with spaces must stand in quotes");
    }
    Ok(value)
}

fn only_a_comment(rest: &str) -> Result<(), &'static str> {
    let rest = rest.trim();
    if rest.is_empty() || rest.starts_with('#') {
        return Ok(());
    }
    Err("something follows the closing quote")
}
