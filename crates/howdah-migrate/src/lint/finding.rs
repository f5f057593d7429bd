use std::fmt;

use super::{RuleName, Severity};
use crate::snippet::snippet;

/// What a rule says about a place in a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleName,
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The text of that line; empty if the place is no line of a migration.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl fmt::Display for Finding {
    /// `file:line:column: error[rule]: message`, and the help on a line of its own; with `#`, between the two the line
    /// with a caret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}[{}]: {}",
            self.file, self.line, self.column, self.severity, self.rule, self.message
        )?;
        if f.alternate() && !self.text.is_empty() {
            let snippet = snippet(self.line, Some(self.column), &self.text);
            write!(f, "\n{snippet}")?;
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}
