use std::time::Duration;

use crate::Act;

/// What the log is told about a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) act: Act,
    pub(super) message: Option<&'a str>,
    pub(super) elapsed: Option<Duration>,
}

impl Told<'_> {
    pub(super) fn of(act: Act) -> Self {
        Self {
            act,
            message: None,
            elapsed: None,
        }
    }
}
