use std::collections::BTreeSet;
use std::fmt;

use crate::checksum::BOM;
use crate::file_name::{Direction, FileName};
use crate::lexer::{Kind, Lexer};
use crate::place::Place;
use crate::{Problem, Version};

/// More numbers than a range can mean by a slip of the hand, and fewer than fill the memory.
const LONGEST_RANGE: i64 = 100_000;

/// The versions that a squash stands for, from the comments at the head of its file:
/// `-- howdah: replaces 1..=41, 43`. A range means each of its numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Replaces(BTreeSet<Version>);

/// The comment at the head of a squash of these versions, in lines that fit on a screen.
pub fn replaces_comment(versions: impl IntoIterator<Item = Version>) -> String {
    let list = Replaces::of(versions).to_string();
    let items: Vec<&str> = list.split(", ").collect();
    items.chunks(5).fold(String::new(), |lines, line| {
        lines + "-- howdah: replaces " + &line.join(", ") + "\n"
    })
}

/// Why a part of the list is none.
type Wrong = String;

impl Replaces {
    /// Of a file that was found sound so far.
    pub(crate) fn read(name: &FileName, file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let sql = text.trim_start_matches(BOM);
        let mut replaces = Self::default();
        // Most files have none, and there may be many files.
        if !sql.contains("howdah:") {
            return Ok(replaces);
        }
        let mut problems = Vec::new();
        let mut wrong = |byte: usize, message: String| {
            problems.push(Problem::new(file, message).at(&Place::of_byte(sql, byte)));
        };
        let mut is_head = true;
        for token in Lexer::new(sql) {
            if token.kind != Kind::Comment {
                is_head = false;
                continue;
            }
            let comment = sql.get(token.start..token.end).unwrap_or_default();
            let Some(list) = directive(comment) else {
                continue;
            };
            if !is_head || name.direction == Direction::Down {
                let message = "what a squash replaces stands before its first statement, and not in a .down.sql file";
                wrong(token.start, message.to_owned());
                continue;
            }
            for (at, item) in items(list, token.end - list.len()) {
                if let Err(message) = replaces.add(item, name.version) {
                    wrong(at, message);
                }
            }
        }
        if problems.is_empty() {
            Ok(replaces)
        } else {
            Err(problems)
        }
    }

    pub(crate) const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// All of these.
    pub(crate) fn of(versions: impl IntoIterator<Item = Version>) -> Self {
        Self(versions.into_iter().collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, version: Version) -> bool {
        self.0.contains(&version)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Version> {
        self.0.iter().copied()
    }

    fn add(&mut self, item: &str, own: Version) -> Result<(), Wrong> {
        let (first, last) = match item.split_once("..=") {
            Some((first, last)) => (version(first)?, version(last)?),
            None => (version(item)?, version(item)?),
        };
        if last < first || last.as_i64() - first.as_i64() >= LONGEST_RANGE {
            return Err(format!(
                "the range {item} must go up, by less than {LONGEST_RANGE} numbers, each of which is replaced: \
                 write versions that are times one by one"
            ));
        }
        if last >= own {
            return Err(format!(
                "{item} is not older than this file, {own}: a squash is newer than all that it replaces"
            ));
        }
        for number in (first.as_i64()..=last.as_i64()).filter_map(Version::new) {
            if !self.0.insert(number) {
                return Err(format!("{number} is named twice"));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (first, last)) in ranges(self).into_iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            if first == last {
                write!(f, "{comma}{first}")?;
            } else {
                write!(f, "{comma}{first}..={last}")?;
            }
        }
        Ok(())
    }
}

/// The first and the last number of each run without a gap.
fn ranges(replaces: &Replaces) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for number in replaces.iter().map(Version::as_i64) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}

/// What stands behind `-- howdah: replaces`.
fn directive(comment: &str) -> Option<&str> {
    let text = comment.strip_prefix("--")?.trim_start();
    let text = text.strip_prefix("howdah:")?.trim_start();
    let list = text.strip_prefix("replaces")?;
    (list.is_empty() || list.starts_with([' ', '\t', '\r', ':'])).then_some(list)
}

/// With the byte at which each starts; `list` starts at `start`.
fn items(list: &str, start: usize) -> Vec<(usize, &str)> {
    let mut at = start;
    let item = |item| {
        let begin = at + indent(item);
        at += item.len() + 1;
        (begin, item.trim())
    };
    list.split(',').map(item).collect()
}

fn indent(text: &str) -> usize {
    let trimmed = text.trim_start();
    // Where there is nothing, the place is that of the list.
    if trimmed.is_empty() {
        0
    } else {
        text.len() - trimmed.len()
    }
}

fn version(text: &str) -> Result<Version, Wrong> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.and_then(Version::new).ok_or_else(|| {
        format!("`{text}` is no version: write `-- howdah: replaces 1..=41, 43`, as numbers or ranges of numbers")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Result<String, String> {
        let name = FileName::parse("50_squash.sql").unwrap();
        Replaces::read(&name, "50_squash.sql", sql)
            .map(|replaces| replaces.to_string())
            .map_err(|problems| {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                lines.join("\n")
            })
    }

    #[test]
    fn ranges_and_single_versions_are_read_from_several_lines() {
        let sql =
            "-- no-transaction\n-- howdah: replaces 0001..=3, 5\n--howdah: replaces 4\n\nselect 1;";
        assert_eq!(read(sql).unwrap(), "1..=5");
        let times = "-- howdah: replaces 20260101000000\r\n-- howdah: replaces 7\nselect 1";
        assert!(read(times).unwrap_err().starts_with("50_squash.sql:1:21: "));
        assert_eq!(
            read("-- howdah: ignore-file wide-index because x\nselect 1").unwrap(),
            ""
        );
        assert_eq!(read("-- it replaces 1..=3\nselect 1").unwrap(), "");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_place() {
        for (sql, place, words) in [
            (
                "-- howdah: replaces 1..3\nselect 1",
                "1:21",
                "`1..3` is no version",
            ),
            ("-- howdah: replaces\nselect 1", "1:20", "`` is no version"),
            (
                "-- howdah: replaces: 1\nselect 1",
                "1:20",
                "`: 1` is no version",
            ),
            (
                "-- a\n-- howdah: replaces 2, 0\nselect 1",
                "2:24",
                "`0` is no version",
            ),
            ("-- howdah: replaces 3..=2\nselect 1", "1:21", "must go up"),
            (
                "-- howdah: replaces 1..=50\nselect 1",
                "1:21",
                "newer than all",
            ),
            (
                "-- howdah: replaces 1..=3, 2\nselect 1",
                "1:28",
                "named twice",
            ),
            (
                "select 1;\n-- howdah: replaces 1",
                "2:1",
                "before its first statement",
            ),
        ] {
            let said = read(sql).unwrap_err();
            assert!(
                said.starts_with(&format!("50_squash.sql:{place}: ")) && said.contains(words),
                "{sql}: {said}"
            );
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for list in ["1..=3", "1, 3, 5..=7", "20..=21, 49"] {
            let sql = format!("-- howdah: replaces {list}\nselect 1");
            assert_eq!(read(&sql).unwrap(), list);
        }
        let versions = [1, 3, 5, 6, 7, 9, 11, 13].map(|number| Version::new(number).unwrap());
        assert_eq!(
            replaces_comment(versions),
            "-- howdah: replaces 1, 3, 5..=7, 9, 11\n-- howdah: replaces 13\n"
        );
    }
}
