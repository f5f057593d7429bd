//! YAML through serde-saphyr, into a tree that keeps the place and the raw text of every scalar.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{
    DefaultMessageFormatter, Location, MessageFormatter as _, Options, Spanned, Tagged,
};

use super::node::{Content, Entry, Node};
use super::{Fault, Parsed};

pub(super) fn parse(text: &str) -> Parsed {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.lines().all(is_blank) {
        return failed(
            0,
            0,
            "is empty; write a section `database:`, or remove the file",
        );
    }
    let root: RawNode = match serde_saphyr::from_str_with_options(text, options()) {
        Ok(root) => root,
        Err(error) => {
            return Parsed {
                root: Vec::new(),
                faults: vec![fault(text, &error)],
            };
        }
    };
    let mut faults = Vec::new();
    let node = node(root, text, &mut faults);
    match node.content {
        Content::Section(root) => Parsed { root, faults },
        _ => failed(
            node.line,
            node.column,
            "the root must be a map, `database:` and its keys",
        ),
    }
}

/// Comments and document markers alone say nothing.
fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line == "---" || line == "..."
}

fn failed(line: usize, column: usize, message: &str) -> Parsed {
    let message = message.to_owned();
    Parsed {
        root: Vec::new(),
        faults: vec![Fault {
            line,
            column,
            message,
        }],
    }
}

/// Small budgets, no snippets (they print neighbouring lines). Duplicate keys are let through, because
/// [`node`] finds them all and can name both lines; the parser would stop at the first.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: 10_000,
            max_events: 40_000,
            max_depth: 64,
            max_anchors: 100,
            max_aliases: 1_000,
            flow_nesting_limit: 64,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 10_000,
        },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

fn fault(text: &str, error: &serde_saphyr::Error) -> Fault {
    let error = error.without_snippet();
    let (line, column) = error.location().map_or((0, 0), line_and_column);
    let mut message = DefaultMessageFormatter.format_message(error).into_owned();
    if matches!(error, serde_saphyr::Error::MultipleDocuments { .. }) {
        "holds two YAML documents; one is allowed".clone_into(&mut message);
    }
    let found = text.lines().nth(line.saturating_sub(1));
    let found = found.and_then(|line| line.chars().nth(column.saturating_sub(1)));
    if let Some(c @ ('@' | '%' | '`')) = found {
        message = format!("a plain value cannot start with `{c}`; quote it");
    }
    Fault {
        line,
        column,
        message,
    }
}

fn line_and_column(location: Location) -> (usize, usize) {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    (number(location.line()), number(location.column()))
}

/// Turns the parser's view into ours, and finds duplicate keys.
fn node(raw: RawNode, text: &str, faults: &mut Vec<Fault>) -> Node {
    let Spanned {
        value: Tagged(inner, tag),
        referenced,
        defined,
    } = raw.0;
    let content = match inner {
        Inner::Null => Content::Null,
        Inner::Text(text) => Content::Scalar(text),
        Inner::Plain => Content::Scalar(source_text(text, defined)),
        Inner::List => Content::List,
        Inner::Section(entries) => Content::Section(section(entries, text, faults)),
    };
    let (line, column) = line_and_column(referenced);
    Node {
        content,
        line,
        column,
        tagged: tag.is_some(),
    }
}

fn section(raw: Vec<(RawKey, RawNode)>, text: &str, faults: &mut Vec<Fault>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (key, value) in raw {
        let (line, column) = line_and_column(key.referenced);
        let name = key.value;
        if let Some(first) = entries.iter().find(|entry| entry.name == name) {
            let message = format!(
                "duplicate key `{name}`; the first one is in line {}",
                first.line
            );
            faults.push(Fault {
                line,
                column,
                message,
            });
            continue;
        }
        let node = node(value, text, faults);
        entries.push(Entry {
            name,
            line,
            column,
            node,
        });
    }
    entries
}

/// What stands in the file: the parser has already made a number or a truth value of it.
fn source_text(text: &str, location: Location) -> String {
    let span = location.span();
    let range = span.byte_offset().zip(span.byte_len());
    let range = range.and_then(|(start, length)| {
        let start = usize::try_from(start).ok()?;
        Some(start..start + usize::try_from(length).ok()?)
    });
    range
        .and_then(|range| text.get(range))
        .unwrap_or_default()
        .trim()
        .to_owned()
}

type RawKey = Spanned<String>;

/// The spans and tags wrap every node; serde-saphyr fills them in.
struct RawNode(Spanned<Tagged<Inner>>);

enum Inner {
    Null,
    /// An unquoted scalar that YAML takes for a number or a truth value.
    Plain,
    Text(String),
    List,
    Section(Vec<(RawKey, RawNode)>),
}

impl<'de> Deserialize<'de> for RawNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Inner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InnerVisitor)
    }
}

struct InnerVisitor;

impl<'de> Visitor<'de> for InnerVisitor {
    type Value = Inner;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Inner, E> {
        Ok(Inner::Null)
    }

    fn visit_none<E>(self) -> Result<Inner, E> {
        Ok(Inner::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Inner, E> {
        Ok(Inner::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Inner, E> {
        Ok(Inner::Plain)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Inner, E> {
        Ok(Inner::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Inner, E> {
        Ok(Inner::Plain)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Inner, E> {
        Ok(Inner::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Inner, E> {
        Ok(Inner::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Inner, E> {
        Ok(Inner::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Inner, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Inner::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inner, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Inner::Section(entries))
    }
}
