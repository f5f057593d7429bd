use std::fmt;

use crate::Origin;

/// Longer values are cut: the origin says where the whole one stands.
const SHOWN_CHARACTERS: usize = 48;

/// One thing that is wrong with the settings. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The key, `database.pool.size`; empty when the problem concerns a layer as a whole.
    pub path: String,
    /// The value, unless it is missing or might be a secret.
    pub value: Option<String>,
    /// What is wrong and what is allowed, in words.
    pub message: String,
    /// Where the value was given.
    pub origin: Origin,
}

impl Problem {
    /// A problem of a key, without its value.
    pub(crate) fn at(path: &str, message: impl Into<String>, origin: Origin) -> Self {
        Self {
            path: path.to_owned(),
            value: None,
            message: message.into(),
            origin,
        }
    }

    /// A problem of a layer as a whole.
    pub(crate) fn layer(message: impl Into<String>, origin: Origin) -> Self {
        Self::at("", message, origin)
    }

    pub(crate) fn with_value(mut self, value: Option<String>) -> Self {
        self.value = value;
        self
    }

    /// `database.pool.size = 0`
    pub(crate) fn subject(&self) -> String {
        match &self.value {
            None => self.path.clone(),
            Some(value) => format!("{} = {}", self.path, shown(value)),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject();
        if !subject.is_empty() {
            write!(f, "{subject} ")?;
        }
        write!(f, "{} ({})", self.message, self.origin)
    }
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
