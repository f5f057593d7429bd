use std::fmt;
use std::path::Path;

use crate::Origin;
use crate::layer::{Leaf, Variable};

/// Longer values are cut: the origin says where the whole one stands.
const SHOWN_CHARACTERS: usize = 48;

/// One thing that is wrong with the settings. Never holds a secret.
///
/// `Display`: `howdah.yaml:12:14: database.pool.size: "abc" is not an integer (expected 1..=100); value came from
/// ${POOL_SIZE} (environment)`
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The key, `database.pool.size`; empty when the problem concerns a layer as a whole.
    pub path: String,
    /// The other key of the file that it was written under, `database.pool_size`.
    pub name: Option<String>,
    /// The value, unless it is missing or might be a secret.
    pub value: Option<String>,
    /// What is wrong, in words.
    pub message: String,
    /// What is allowed, in words.
    pub expected: Option<String>,
    /// The variables that the value was made with, each with its source: `${POOL_SIZE} (environment)`.
    pub variables: Vec<String>,
    /// Where the value was given.
    pub origin: Origin,
}

impl Problem {
    /// A problem of a key, without its value.
    pub(crate) fn at(path: &str, message: impl Into<String>, origin: Origin) -> Self {
        Self {
            path: path.to_owned(),
            name: None,
            value: None,
            message: message.into(),
            expected: None,
            variables: Vec::new(),
            origin,
        }
    }

    /// A problem of a layer as a whole.
    pub(crate) fn layer(message: impl Into<String>, origin: Origin) -> Self {
        Self::at("", message, origin)
    }

    /// A problem of a value of one layer; the value is shown if `shown` is given.
    pub(crate) fn of(
        path: &str,
        leaf: &Leaf,
        shown: Option<String>,
        message: impl Into<String>,
    ) -> Self {
        let variable =
            |variable: &Variable| format!("${{{}}} ({})", variable.name, variable.source);
        Self {
            name: leaf.alias_in_file(),
            value: shown,
            variables: leaf.variables.iter().map(variable).collect(),
            ..Self::at(path, message, leaf.origin.clone())
        }
    }

    pub(crate) fn with_value(mut self, value: Option<String>) -> Self {
        self.value = value;
        self
    }

    pub(crate) fn with_name(mut self, name: Option<String>) -> Self {
        self.name = name;
        self
    }

    /// By file and line; what stands elsewhere keeps its order, behind the files.
    pub(crate) fn place(&self) -> (bool, &Path, usize, usize) {
        match &self.origin {
            Origin::File { path, line, column } => (false, path, *line, *column),
            Origin::DotEnv { path, line, .. } => (false, path, *line, 0),
            _ => (true, Path::new(""), 0, 0),
        }
    }

    pub(crate) fn expected(mut self, expected: &str) -> Self {
        self.expected = Some(expected.to_owned()).filter(|text| !text.is_empty());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", printable(&self.origin.to_string()))?;
        let name = self.name.as_deref().unwrap_or(&self.path);
        // An unknown variable is its own place.
        if !name.is_empty() && name != self.origin.to_string() {
            write!(f, "{}: ", printable(name))?;
        }
        if let Some(value) = &self.value {
            write!(f, "{} ", shown(value))?;
        }
        f.write_str(&self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, " (expected {expected})")?;
        }
        if !self.variables.is_empty() {
            write!(f, "; value came from {}", self.variables.join(", "))?;
        }
        Ok(())
    }
}

/// A name that somebody else chose does not speak to the terminal.
fn printable(name: &str) -> String {
    let shown = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    name.chars().map(shown).collect()
}

/// Numbers as they are, everything else in quotes.
fn shown(value: &str) -> String {
    let numeric = value.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let mut text: String = value.chars().take(SHOWN_CHARACTERS).collect();
    if text.len() < value.len() {
        text.push('…');
    }
    if numeric { text } else { format!("{text:?}") }
}
