use std::collections::BTreeSet;
use std::sync::Arc;

use crate::checksum::{BOM, Checksum};
use crate::code::{Body, Code};
use crate::file_name::{Direction, FileName};
use crate::replaces::Replaces;
use crate::split::{Statement, split};
use crate::{Dialect, Removed, Version};

/// sqlx's mark for a file that runs outside a transaction: its very first bytes.
pub(crate) const NO_TRANSACTION: &str = "-- no-transaction";

/// One migration file, read and named. There may be ten thousand: what most files do not have is behind a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    version: Version,
    description: Box<str>,
    file: Box<str>,
    direction: Direction,
    sql: Box<str>,
    cleaning: Option<Box<Cleaning>>,
    checksum: Checksum,
    /// What does not count in the checksum.
    ignored: Arc<BTreeSet<char>>,
    transactional: bool,
    applied_elsewhere: bool,
    code: Option<Box<Code>>,
    replaces: Option<Box<Replaces>>,
}

/// What its dialect has done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cleaning {
    /// The script as it stands in the file.
    raw: Box<str>,
    removed: Vec<Removed>,
}

static NOTHING_REPLACED: Replaces = Replaces::none();

impl Migration {
    pub(crate) fn new(name: FileName, file: String, text: &str) -> Self {
        Self {
            version: name.version,
            description: name.description.into(),
            file: file.into(),
            direction: name.direction,
            sql: text.trim_start_matches(BOM).into(),
            cleaning: None,
            checksum: Checksum::of(text),
            ignored: Arc::default(),
            transactional: !text.starts_with(NO_TRANSACTION),
            applied_elsewhere: false,
            code: Code::of(text.trim_start_matches(BOM)).map(Box::new),
            replaces: None,
        }
    }

    /// A script that has no place in an order.
    pub(crate) fn script(file: &str, sql: &str) -> Self {
        let name = FileName {
            version: Version::FIRST,
            description: String::new(),
            direction: Direction::Simple,
        };
        Self {
            transactional: true,
            code: None,
            ..Self::new(name, file.to_owned(), sql)
        }
    }

    /// With sqlx's `ignored-chars`.
    pub(crate) fn ignoring(self, ignored: &Arc<BTreeSet<char>>, text: &str) -> Self {
        Self {
            checksum: Checksum::without(text, ignored),
            ignored: Arc::clone(ignored),
            ..self
        }
    }

    /// Without what only another platform has. The checksum stays: it is that of the file.
    pub(crate) fn cleaned(self, dialect: Dialect) -> Self {
        let cleaned = dialect.clean(&self.sql);
        if cleaned.removed.is_empty() {
            return self;
        }
        let cleaning = Cleaning {
            raw: self.sql,
            removed: cleaned.removed,
        };
        Self {
            sql: cleaned.sql.into(),
            cleaning: Some(Box::new(cleaning)),
            ..self
        }
    }

    /// With the code that runs in place of the stub.
    pub(crate) fn with_body(&mut self, body: Body) {
        if let Some(code) = &mut self.code {
            code.body = Some(body);
        }
    }

    pub(crate) fn with_replaces(self, replaces: Replaces) -> Self {
        let replaces = (!replaces.is_empty()).then(|| Box::new(replaces));
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

    /// For a database beside the one that has it.
    pub(crate) fn applied_elsewhere(self) -> Self {
        Self {
            applied_elsewhere: true,
            ..self
        }
    }

    /// Whether it runs to make a database like another one, which has it already.
    pub(crate) fn is_applied_elsewhere(&self) -> bool {
        self.applied_elsewhere
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

    /// The script, without a byte-order mark. What its dialect removed is blank.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Whether it runs in a transaction together with its row of the ledger;
    /// if not, its first line says `-- no-transaction`.
    pub fn is_transactional(&self) -> bool {
        self.transactional
    }

    /// The name of the Rust code that runs in its place; see [`CodeMigration`](crate::CodeMigration).
    pub fn code_name(&self) -> Option<&str> {
        Some(self.code.as_ref()?.name.as_str())
    }

    pub(crate) fn code(&self) -> Option<&Code> {
        self.code.as_deref()
    }

    /// What runs in its place, if this program has it.
    pub(crate) fn body(&self) -> Option<&Body> {
        self.code.as_ref()?.body.as_ref()
    }

    /// What its dialect removed.
    pub(crate) fn removed(&self) -> &[Removed] {
        self.cleaning
            .as_ref()
            .map_or(&[], |cleaning| &cleaning.removed)
    }

    /// The script as it stands in the file.
    pub(crate) fn raw(&self) -> &str {
        self.cleaning
            .as_ref()
            .map_or(&self.sql, |cleaning| &cleaning.raw)
    }

    /// The versions that it stands for, if it is a squash: `-- howdah: replaces 1..=42` in the comments at its head.
    pub fn replaces(&self) -> impl ExactSizeIterator<Item = Version> {
        self.replaced().iter()
    }

    /// The same, as they are written.
    pub(crate) fn replaced(&self) -> &Replaces {
        self.replaces.as_deref().unwrap_or(&NOTHING_REPLACED)
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
        self.checksum.is(stored) || Checksum::is_any_spelling(self.raw(), &self.ignored, stored)
    }
}
