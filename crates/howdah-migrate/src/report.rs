use std::fmt;
use std::time::Duration;

use crate::{Migration, Version};

/// A migration that a run has dealt with.
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

impl Done {
    /// In no time: nothing of it was run.
    pub(crate) fn of(migration: &Migration) -> Self {
        Self {
            version: migration.version(),
            description: migration.description().to_owned(),
            elapsed: Duration::ZERO,
        }
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The migrations it applied, in order.
    pub applied: Vec<Done>,
    /// The migrations it took back, the newest first.
    pub reverted: Vec<Done>,
    /// The migrations it wrote into the ledger without running them.
    pub stamped: Vec<Done>,
    /// The squashes whose rows took the place of those of what they replace; nothing of them ran.
    pub replaced: Vec<Done>,
    /// The migrations whose checksum it wrote anew.
    pub repaired: Vec<Done>,
    /// The migrations that had begun and did not end, and that it gave up.
    pub abandoned: Vec<Done>,
    /// How long it waited for the migration lock.
    pub waited: Duration,
}

impl Report {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        self.all().iter().all(|(_, done)| done.is_empty())
    }

    /// What was applied again was taken back first.
    fn all(&self) -> [(&'static str, &[Done]); 6] {
        [
            ("took back", &self.reverted),
            ("applied", &self.applied),
            ("stamped", &self.stamped),
            ("put in place of others", &self.replaced),
            ("repaired", &self.repaired),
            ("gave up", &self.abandoned),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing to do");
        }
        let all = self.all().into_iter().filter(|(_, done)| !done.is_empty());
        for (index, (verb, done)) in all.enumerate() {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{verb} {}", done.len())?;
            for done in done {
                write!(
                    f,
                    "\n{}  {}  {:.0?}",
                    done.version, done.description, done.elapsed
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_back_and_applied_again_stands_on_lines_of_its_own() {
        let done = Done {
            version: Version::new(1).unwrap(),
            description: "a".to_owned(),
            elapsed: Duration::from_millis(2),
        };
        let report = Report {
            applied: vec![done.clone()],
            reverted: vec![done],
            ..Report::default()
        };
        let lines = "took back 1\n1  a  2ms\napplied 1\n1  a  2ms";
        assert_eq!(report.to_string(), lines);
    }
}
