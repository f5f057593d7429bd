use crate::change::Change;

/// What a comparison finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What leads from one to the other, in order.
    pub(crate) changes: Vec<Change>,
    /// What is there, is not wanted, and stays.
    pub(crate) drift: Vec<String>,
    /// What this server, or this executor, cannot have.
    pub(crate) impossible: Vec<String>,
    /// Rights that the executor lacks, and without which nothing is begun.
    pub(crate) lacking: Vec<String>,
    /// What whoever wrote the wanted state should think about again.
    pub(crate) warnings: Vec<String>,
}

impl Difference {
    pub(crate) fn push(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub(crate) fn drift(&mut self, sentence: impl Into<String>) {
        self.drift.push(sentence.into());
    }
}
