//! TOML, into the same tree; the places come from the parser's byte spans.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::node::{Content, Entry, Node};
use super::{Fault, MAX_NODES, Parsed};

/// The parser goes on after an error; what it finds later is more and more a consequence.
const SHOWN_ERRORS: usize = 10;

pub(super) fn parse(text: &str) -> Parsed {
    let text = Text::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    let (table, errors) = DeTable::parse_recoverable(text.content);
    // What comes after the depth limit are its consequences.
    let too_deep = errors
        .iter()
        .position(|error| error.message().contains("recursion "));
    let shown = too_deep.map_or(SHOWN_ERRORS, |position| SHOWN_ERRORS.min(position + 1));
    let mut faults: Vec<Fault> = errors
        .iter()
        .take(shown)
        .map(|error| text.fault(error))
        .collect();
    let whole = |message| Fault {
        line: 0,
        column: 0,
        message,
    };
    if faults.is_empty() {
        match count(table.get_ref()) {
            0 => faults.push(whole(
                "is empty; write a table [database], or remove the file".to_owned(),
            )),
            1..=MAX_NODES => {}
            _ => faults.push(whole(format!(
                "has more values than the limit of {MAX_NODES}"
            ))),
        }
    }
    let root = if faults.is_empty() {
        text.section(table.get_ref())
    } else {
        Vec::new()
    };
    Parsed { root, faults }
}

fn count(table: &DeTable<'_>) -> usize {
    let below = table
        .values()
        .map(|value| value.get_ref().as_table().map_or(0, count));
    table.len() + below.sum::<usize>()
}

struct Text<'a> {
    content: &'a str,
    /// Where the lines start, in bytes.
    lines: Vec<usize>,
}

impl<'a> Text<'a> {
    fn new(content: &'a str) -> Self {
        let after = content.match_indices('\n').map(|(newline, _)| newline + 1);
        let lines = std::iter::once(0).chain(after).collect();
        Self { content, lines }
    }

    fn fault(&self, error: &toml::de::Error) -> Fault {
        let (line, column) = error
            .span()
            .map_or((0, 0), |span| self.position(span.start));
        let message = match error.message() {
            deep if deep.contains("recursion ") => {
                "is nested deeper than the limit of the parser".to_owned()
            }
            message => message.to_owned(),
        };
        Fault {
            line,
            column,
            message,
        }
    }

    /// In the order of the file: the parser sorts by name.
    fn section(&self, table: &DeTable<'_>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| self.entry(key, value))
            .collect();
        entries.sort_by_key(|entry| (entry.line, entry.column));
        entries
    }

    fn entry(&self, key: &Spanned<Cow<'_, str>>, value: &Spanned<DeValue<'_>>) -> Entry {
        let (line, column) = self.position(key.span().start);
        let name = key.get_ref().clone().into_owned();
        let node = self.node(value);
        Entry {
            name,
            line,
            column,
            node,
        }
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let (line, column) = self.position(value.span().start);
        let content = match value.get_ref() {
            DeValue::String(string) => Content::Scalar(string.clone().into_owned()),
            DeValue::Integer(integer) if integer.radix() == 10 => {
                Content::Scalar(integer.as_str().to_owned())
            }
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => Content::Scalar(self.source(value.span())),
            DeValue::Array(items) => {
                Content::List(items.iter().map(|item| self.node(item)).collect())
            }
            DeValue::Table(table) => Content::Section(self.section(table)),
        };
        Node {
            content,
            line,
            column,
            tagged: false,
        }
    }

    fn source(&self, range: Range<usize>) -> String {
        self.content.get(range).unwrap_or_default().to_owned()
    }

    /// Line and column, in characters, from 1.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.content.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}
