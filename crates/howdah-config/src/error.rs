use std::fmt::{self, Write as _};

use crate::Problem;

/// A column is padded up to this; a longer cell does not push the others out of sight.
const WIDEST_CELL: usize = 64;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// At least one layer cannot be read or one value cannot be used; all of them are listed.
    #[error("{}", Table(.problems))]
    Invalid {
        /// Every problem of every layer, the weakest layer first.
        problems: Vec<Problem>,
    },
}

struct Table<'a>(&'a [Problem]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "{} problem{plural} in the settings", self.0.len())?;
        let keyed = || self.0.iter().filter(|problem| !problem.path.is_empty());
        let subjects = widest(keyed().map(Problem::subject));
        let messages = widest(keyed().map(|problem| problem.message.clone()));
        for problem in self.0 {
            let mut line = String::from("\n  ");
            if !problem.path.is_empty() {
                write!(line, "{:subjects$}  ", problem.subject())?;
            }
            write!(line, "{:messages$}  ({})", problem.message, problem.origin)?;
            f.write_str(&line)?;
        }
        Ok(())
    }
}

fn widest(cells: impl Iterator<Item = String>) -> usize {
    cells
        .map(|cell| cell.chars().count())
        .filter(|&width| width <= WIDEST_CELL)
        .max()
        .unwrap_or(0)
}
