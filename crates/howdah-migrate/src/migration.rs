use crate::Version;
use crate::checksum::{BOM, Checksum};
use crate::file_name::{Direction, FileName};
use crate::replaces::Replaces;
use crate::split::{Statement, split};

/// sqlx's mark for a file that runs outside a transaction: its very first bytes.
pub(crate) const NO_TRANSACTION: &str = "-- no-transaction";

/// One migration file, read and named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    version: Version,
    description: String,
    file: String,
    direction: Direction,
    sql: String,
    checksum: Checksum,
    transactional: bool,
    replaces: Replaces,
}

impl Migration {
    pub(crate) fn new(name: FileName, file: String, text: &str) -> Self {
        Self {
            version: name.version,
            description: name.description,
            file,
            direction: name.direction,
            sql: text.trim_start_matches(BOM).to_owned(),
            checksum: Checksum::of(text),
            transactional: !text.starts_with(NO_TRANSACTION),
            replaces: Replaces::default(),
        }
    }

    pub(crate) fn with_replaces(self, replaces: Replaces) -> Self {
        Self { replaces, ..self }
    }

    /// sqlx can be told to leave characters out of the checksum, and a program can set the mark
    /// itself: what sqlx would store and do is what counts.
    pub(crate) fn with_sqlx(self, checksum: Checksum, transactional: bool) -> Self {
        Self {
            checksum,
            transactional,
            ..self
        }
    }

    /// The number its name starts with.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The rest of its name, with spaces for underscores.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The path it was read from; the file name alone if it was compiled in.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The script, without a byte-order mark.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Whether it runs in a transaction together with its row of the ledger;
    /// if not, its first line says `-- no-transaction`.
    pub fn is_transactional(&self) -> bool {
        self.transactional
    }

    /// The versions that it stands for, if it is a squash: `-- howdah: replaces 1..=42` in the comments at its head.
    pub fn replaces(&self) -> impl ExactSizeIterator<Item = Version> {
        self.replaces.iter()
    }

    /// The same, as they are written.
    pub(crate) fn replaced(&self) -> &Replaces {
        &self.replaces
    }

    pub(crate) fn direction(&self) -> Direction {
        self.direction
    }

    pub(crate) fn checksum(&self) -> &Checksum {
        &self.checksum
    }

    pub(crate) fn statements(&self) -> Vec<Statement<'_>> {
        split(&self.sql)
    }

    /// Whether the ledger's checksum is the one of this file.
    pub(crate) fn matches(&self, stored: &str) -> bool {
        self.checksum.to_string() == stored || Checksum::is_any_spelling(&self.sql, stored)
    }
}
