use crate::Migration;
use crate::Version;
use crate::checksum::BOM;
use crate::file_name::Direction;
use crate::migration::NO_TRANSACTION;
use crate::split::{Statement, split};

/// A file, cut into statements once for all rules.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) sql: &'a str,
    pub(super) statements: Vec<Statement<'a>>,
    pub(super) transactional: bool,
    /// Leads back: what it drops is what its forward twin made.
    pub(super) is_down: bool,
    /// Promises a way back.
    pub(super) is_up: bool,
    pub(super) version: Option<Version>,
}

impl<'a> Source<'a> {
    pub(super) fn of(migration: &'a Migration) -> Self {
        Self {
            file: migration.file(),
            sql: migration.sql(),
            statements: split(migration.sql()),
            transactional: migration.is_transactional(),
            is_down: migration.direction() == Direction::Down,
            is_up: migration.direction() == Direction::Up,
            version: Some(migration.version()),
        }
    }

    /// Of a text that stands alone.
    pub(super) fn of_text(file: &'a str, text: &'a str) -> Self {
        let sql = text.trim_start_matches(BOM);
        Self {
            file,
            sql,
            statements: split(sql),
            transactional: !text.starts_with(NO_TRANSACTION),
            is_down: file.ends_with(Direction::Down.suffix()),
            is_up: false,
            version: None,
        }
    }
}
