use std::time::Duration;

use crate::{Blocker, Done, Plan, Step};

/// What an `apply` tells while it runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another session holds the migration lock; said once, and again when the holder changes.
    #[non_exhaustive]
    Waiting {
        /// Who holds it; `None` if it was freed at that moment.
        holder: Option<&'a Blocker>,
        /// How much longer it is waited for.
        at_most: Duration,
    },
    /// The lock is held, and everything was verified once more.
    Planned(&'a Plan),
    /// A migration begins.
    Started(&'a Step),
    /// A migration waited too long for a table lock, kept nothing, and will be tried again.
    #[non_exhaustive]
    Retrying {
        /// The migration.
        step: &'a Step,
        /// The sessions that hold locks on the tables it names.
        blockers: &'a [Blocker],
        /// The pause before the next try.
        delay: Duration,
    },
    /// What an interrupted run had left was put right.
    #[non_exhaustive]
    Repaired {
        /// The migration.
        step: &'a Step,
        /// What was done, in words.
        action: &'a str,
    },
    /// A migration ended and stands in the ledger.
    Finished(&'a Done),
}
