use std::collections::BTreeSet;

use crate::Dialect;

/// How the files are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// What the files were written for; `None`: a plain PostgreSQL server. What only another platform has is
    /// removed before it runs, and told by [`Migrations::removed`](crate::Migrations::removed). The checksum stays that
    /// of the file.
    pub dialect: Option<Dialect>,
    /// Characters that do not count in checksums: sqlx's `ignored-chars`.
    pub ignored_chars: BTreeSet<char>,
}
