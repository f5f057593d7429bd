use crate::place::Place;

use super::source::Source;
use super::{Finding, RuleName, Severity};

/// A finding as a rule makes it: with a byte for a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) rule: &'static str,
    /// `None`: as the table of rules says.
    pub(super) severity: Option<Severity>,
    pub(super) byte: usize,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Raw {
    pub(super) fn new(rule: &'static str, byte: usize, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: None,
            byte,
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    pub(super) fn warning(self) -> Self {
        Self {
            severity: Some(Severity::Warning),
            ..self
        }
    }

    pub(super) fn place(self, source: &Source<'_>, rule: RuleName, usual: Severity) -> Finding {
        let place = Place::of_byte(source.sql, self.byte);
        Finding {
            rule,
            severity: self.severity.unwrap_or(usual),
            file: source.file.to_owned(),
            line: place.line,
            column: place.column,
            text: place.text,
            message: self.message,
            help: self.help,
        }
    }
}
