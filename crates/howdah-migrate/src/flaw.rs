use std::fmt;

use crate::{Difference, Error};

/// What is wrong with a way back. `Display` is made for people.
#[derive(Debug)]
#[non_exhaustive]
pub enum Flaw {
    /// It fails.
    Back(Error),
    /// After it, this is not as before the migration.
    AfterBack(Difference),
    /// After it, the migration fails.
    Again(Error),
    /// After it and the migration once more, this is not as after the first time.
    AfterAgain(Difference),
}

impl Flaw {
    /// Whether it is only the order of columns.
    pub fn is_minor(&self) -> bool {
        match self {
            Self::Back(_) | Self::Again(_) => false,
            Self::AfterBack(difference) | Self::AfterAgain(difference) => difference.is_minor(),
        }
    }

    /// Why it failed, if it did.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Back(error) | Self::Again(error) => Some(error),
            Self::AfterBack(_) | Self::AfterAgain(_) => None,
        }
    }
}

impl fmt::Display for Flaw {
    /// An error without its cause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Back(error) => write!(f, "the way back fails: {error}"),
            Self::AfterBack(difference) => write!(f, "after the way back: {difference}"),
            Self::Again(error) => write!(f, "after the way back, the migration fails: {error}"),
            Self::AfterAgain(difference) => {
                write!(
                    f,
                    "after the way back and the migration again: {difference}"
                )
            }
        }
    }
}
