use std::fmt;

use crate::Problem;

/// Who has more problems than this has one: the wrong file.
const SHOWN: usize = 100;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// At least one layer cannot be read or one value cannot be used; all of them are listed.
    #[error("{}", Lines(.problems))]
    Invalid {
        /// Every problem: those of files by place, then those of variables and explicit values.
        problems: Vec<Problem>,
    },
}

struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    /// What concerns a layer as a whole comes first: it may explain the rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "{} problem{plural} in the settings", self.0.len())?;
        let (of_layers, of_keys): (Vec<_>, Vec<_>) =
            self.0.iter().partition(|problem| problem.path.is_empty());
        let mut problems = of_layers.into_iter().chain(of_keys);
        for problem in problems.by_ref().take(SHOWN) {
            write!(f, "\n  {problem}")?;
        }
        match problems.count() {
            0 => Ok(()),
            more => write!(f, "\n  ... and {more} more"),
        }
    }
}
