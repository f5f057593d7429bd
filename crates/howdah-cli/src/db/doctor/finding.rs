use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// As it should be.
    Ok,
    /// It works, and should be changed.
    Warning,
    /// It keeps the database from working, or a secret from being one.
    Problem,
}

/// What a check found: a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    check: &'static str,
    pub(crate) state: State,
    detail: String,
    /// The command that mends it.
    mend: Option<String>,
}

impl Finding {
    pub(crate) fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self::new(check, State::Ok, &detail.into())
    }

    pub(crate) fn warning(check: &'static str, detail: impl Into<String>) -> Self {
        Self::new(check, State::Warning, &detail.into())
    }

    pub(crate) fn problem(check: &'static str, detail: impl Into<String>) -> Self {
        Self::new(check, State::Problem, &detail.into())
    }

    pub(crate) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    /// A line each: what others say may have several.
    fn new(check: &'static str, state: State, detail: &str) -> Self {
        let lines: Vec<&str> = detail.lines().map(str::trim).collect();
        Self {
            check,
            state,
            detail: lines.join("; "),
            mend: None,
        }
    }
}

impl State {
    /// Its number in a terminal's escape sequence.
    pub(crate) fn colour(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 33,
            Self::Problem => 31,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:7}  {:10}  {}", self.state, self.check, self.detail)?;
        match &self.mend {
            Some(mend) => write!(f, "  ->  {mend}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_with_its_mend() {
        let finding = Finding::problem("data", "gone\n  for ever\n").mend("`rm`");
        assert_eq!(
            finding.to_string(),
            "problem  data        gone; for ever  ->  `rm`"
        );
        assert_eq!(
            Finding::ok("data", "is there").to_string(),
            "ok       data        is there"
        );
    }
}
