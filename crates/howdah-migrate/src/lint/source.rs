use crate::Migration;
use crate::Version;
use crate::check::is_idle;
use crate::checksum::BOM;
use crate::code::Code;
use crate::file_name::Direction;
use crate::migration::NO_TRANSACTION;
use crate::split::{Statement, split};

/// A file, cut into statements once for all rules.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what rules ask of a file, each for itself"
)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) sql: &'a str,
    pub(super) statements: Vec<Statement<'a>>,
    pub(super) transactional: bool,
    /// Has nothing to run.
    pub(super) is_idle: bool,
    /// Leads back: what it drops is what its forward twin made.
    pub(super) is_down: bool,
    /// Promises a way back.
    pub(super) is_up: bool,
    pub(super) version: Option<Version>,
}

impl<'a> Source<'a> {
    pub(super) fn of(migration: &'a Migration) -> Self {
        let statements = split(migration.sql());
        Self {
            file: migration.file(),
            sql: migration.sql(),
            is_idle: is_idle(migration, &statements),
            statements,
            transactional: migration.is_transactional(),
            is_down: migration.direction() == Direction::Down,
            is_up: migration.direction() == Direction::Up,
            version: Some(migration.version()),
        }
    }

    /// Of a text that stands alone.
    pub(super) fn of_text(file: &'a str, text: &'a str) -> Self {
        let sql = text.trim_start_matches(BOM);
        let statements = split(sql);
        Self {
            file,
            sql,
            is_idle: statements.is_empty() && Code::of(sql).is_none(),
            statements,
            transactional: !text.starts_with(NO_TRANSACTION),
            is_down: file.ends_with(Direction::Down.suffix()),
            is_up: false,
            version: None,
        }
    }
}
