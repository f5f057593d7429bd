use std::fmt;

/// What happened to a migration, as the log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Act {
    /// It ran, and the ledger has it.
    Applied,
    /// It failed, and was rolled back as far as it can be.
    Failed,
    /// Its way back ran, and the ledger has it no more.
    Reverted,
    /// It was written into the ledger without being run.
    Stamped,
    /// A squash stands for it: its row of the ledger gave way, or was written without running it.
    Replaced,
    /// Its row of the ledger was put right without running anything.
    Repaired,
    /// It had begun outside a transaction and did not end, and somebody gave it up.
    Abandoned,
    /// It runs outside a transaction, and began.
    Began,
    /// Its way back runs outside a transaction, and began.
    RevertBegan,
    /// A batch of its code ended, and said where the next one goes on.
    Checkpoint,
    /// A statement of it that cannot run in a transaction began.
    StatementBegan,
    /// A statement of it ended.
    StatementEnded,
    /// The server refused a statement of it, and nothing of that is left.
    StatementFailed,
}

const NAMES: [(Act, &str); 13] = [
    (Act::Applied, "applied"),
    (Act::Failed, "failed"),
    (Act::Reverted, "reverted"),
    (Act::Stamped, "stamped"),
    (Act::Replaced, "replaced"),
    (Act::Repaired, "repaired"),
    (Act::Abandoned, "abandoned"),
    (Act::Began, "began"),
    (Act::RevertBegan, "revert began"),
    (Act::Checkpoint, "checkpoint"),
    (Act::StatementBegan, "statement began"),
    (Act::StatementEnded, "statement ended"),
    (Act::StatementFailed, "statement failed"),
];

impl Act {
    pub(crate) fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(act, _)| *act == self);
        found.map_or("", |(_, name)| name)
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(_, known)| *known == name)?;
        Some(found.0)
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_is_read_as_it_is_written() {
        for (act, name) in NAMES {
            assert_eq!(Act::of(act.name()), Some(act), "{name}");
        }
        assert_eq!(Act::of("something newer"), None);
    }
}
