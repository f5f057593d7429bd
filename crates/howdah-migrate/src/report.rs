use std::fmt;
use std::time::Duration;

use crate::Version;

/// A migration that a run applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// Its version.
    pub version: Version,
    /// Its description.
    pub description: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The migrations it applied, in order.
    pub applied: Vec<Done>,
    /// How long it waited for the migration lock.
    pub waited: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.applied.is_empty() {
            return f.write_str("nothing to apply");
        }
        write!(f, "applied {}", self.applied.len())?;
        for done in &self.applied {
            write!(
                f,
                "\n{}  {}  {:.0?}",
                done.version, done.description, done.elapsed
            )?;
        }
        Ok(())
    }
}
