//! TOML, into the same tree; the places come from the parser's byte spans.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::node::{Content, Entry, Node};
use super::{Fault, Parsed};

pub(super) fn parse(text: &str) -> Parsed {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<Fault> = errors.iter().map(|error| fault(text, error)).collect();
    if table.get_ref().is_empty() && faults.is_empty() {
        let message = "is empty; write a table [database], or remove the file".to_owned();
        faults.push(Fault {
            line: 0,
            column: 0,
            message,
        });
    }
    if !faults.is_empty() {
        let root = Vec::new();
        return Parsed { root, faults };
    }
    let root = section(table.get_ref(), text);
    Parsed { root, faults }
}

fn fault(text: &str, error: &toml::de::Error) -> Fault {
    let (line, column) = error
        .span()
        .map_or((0, 0), |span| position(text, span.start));
    let message = error.message().to_owned();
    Fault {
        line,
        column,
        message,
    }
}

/// In the order of the file: the parser sorts by name.
fn section(table: &DeTable<'_>, text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| entry(key, value, text))
        .collect();
    entries.sort_by_key(|entry| (entry.line, entry.column));
    entries
}

fn entry(
    key: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
    text: &str,
) -> Entry {
    let (line, column) = position(text, key.span().start);
    let name = key.get_ref().clone().into_owned();
    let node = node(value, text);
    Entry {
        name,
        line,
        column,
        node,
    }
}

fn node(value: &Spanned<DeValue<'_>>, text: &str) -> Node {
    let (line, column) = position(text, value.span().start);
    let content = match value.get_ref() {
        DeValue::String(string) => Content::Scalar(string.clone().into_owned()),
        DeValue::Integer(integer) if integer.radix() == 10 => {
            Content::Scalar(integer.as_str().to_owned())
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            Content::Scalar(source_text(text, value.span()))
        }
        DeValue::Array(_) => Content::List,
        DeValue::Table(table) => Content::Section(section(table, text)),
    };
    Node {
        content,
        line,
        column,
        tagged: false,
    }
}

fn source_text(text: &str, range: Range<usize>) -> String {
    text.get(range).unwrap_or_default().to_owned()
}

/// Line and column, in characters, from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}
