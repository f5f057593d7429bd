use std::fmt;

use crate::Problem;

/// A column is padded up to this; a longer cell does not push the others out of sight.
const WIDEST_CELL: usize = 56;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// At least one layer cannot be read or one value cannot be used; all of them are listed.
    #[error("{}", Table(.problems))]
    Invalid {
        /// Every problem: those of the layers, the weakest layer first, then those of the merged values.
        problems: Vec<Problem>,
    },
}

struct Table<'a>(&'a [Problem]);

impl fmt::Display for Table<'_> {
    /// What concerns a layer as a whole comes first: it may explain the rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "{} problem{plural} in the settings", self.0.len())?;
        let keyed = || self.0.iter().filter(|problem| !problem.path.is_empty());
        let subjects = widest(keyed().map(Problem::subject));
        let messages = widest(keyed().map(|problem| problem.message.clone()));
        for Problem {
            path,
            message,
            origin,
            ..
        } in self.0
        {
            if path.is_empty() {
                write!(f, "\n  {message}  ({origin})")?;
            }
        }
        for problem in keyed() {
            let Problem {
                message, origin, ..
            } = problem;
            let subject = problem.subject();
            write!(
                f,
                "\n  {subject:subjects$}  {message:messages$}  ({origin})"
            )?;
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
