//! YAML through serde-saphyr, into a tree that keeps the place and the raw text of every scalar.

mod raw;

use std::collections::BTreeMap;

use raw::{Inner, RawKey, RawNode};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{
    DefaultMessageFormatter, Location, MessageFormatter as _, Options, Spanned, Tagged,
};

use super::node::{Content, Entry, Node};
use super::{Fault, MAX_NODES, Parsed, TAGS};

/// Reading a level takes some 30 KiB of stack in a debug build, and a thread may have no more than 2 MiB.
const MAX_DEPTH: usize = 24;

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
            max_nodes: MAX_NODES,
            max_events: 40_000,
            max_depth: MAX_DEPTH,
            max_anchors: 100,
            max_aliases: 1_000,
            flow_nesting_limit: MAX_DEPTH,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_NODES,
        },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

fn fault(text: &str, error: &serde_saphyr::Error) -> Fault {
    let error = error.without_snippet();
    let (line, column) = error.location().map_or((0, 0), line_and_column);
    let mut message = message(error);
    let found = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    if let Some(c @ ('@' | '%' | '`')) = found.chars().nth(column.saturating_sub(1)) {
        message = format!("a plain value cannot start with `{c}`; quote it");
    } else if found.contains("${") {
        message += "; a value with ${...} must be quoted inside { } and [ ]";
    }
    Fault {
        line,
        column,
        message,
    }
}

/// The parser's own words, except where they speak to programmers.
fn message(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error as E;
    use serde_saphyr::budget::BudgetBreach as B;
    match error {
        E::MultipleDocuments { .. } => "holds two YAML documents; one is allowed".to_owned(),
        E::Budget {
            breach: B::Depth { .. },
            ..
        } => format!("is nested deeper than the limit of {MAX_DEPTH} levels"),
        E::Budget {
            breach: B::Nodes { .. },
            ..
        } => format!("has more values than the limit of {MAX_NODES}"),
        E::Budget { .. } => "is beyond a limit of the parser".to_owned(),
        E::AliasReplayLimitExceeded { .. } => too_many_replays(),
        E::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias stands inside the value it refers to".to_owned()
        }
        E::InvalidScalar { .. } | E::InvalidBinaryBase64 { .. } | E::BinaryNotUtf8 { .. } => {
            TAGS.to_owned()
        }
        // Values of every kind are read: only a key can be of the wrong one.
        E::NullIntoString { .. } | E::Unexpected { .. } => "a key must be a name".to_owned(),
        other => in_words(DefaultMessageFormatter.format_message(other).into_owned()),
    }
}

/// An error at an alias carries that of its value as a text.
fn in_words(message: String) -> String {
    if message.contains("alias replay limit") {
        return too_many_replays();
    }
    message
}

fn too_many_replays() -> String {
    format!("its aliases expand to more than the limit of {MAX_NODES} values")
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
        Inner::List(items) => {
            let items = items.into_iter().map(|item| node(item, text, faults));
            Content::List(items.collect())
        }
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
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for (key, value) in raw {
        let (line, column) = line_and_column(key.referenced);
        let Tagged(name, tag) = key.value;
        let message = match (tag, lines.get(&name)) {
            (Some(_), _) => Some(TAGS.to_owned()),
            (None, Some(first)) => Some(format!(
                "duplicate key `{name}`; the first one is in line {first}"
            )),
            (None, None) => None,
        };
        if let Some(message) = message {
            faults.push(Fault {
                line,
                column,
                message,
            });
            continue;
        }
        lines.insert(name.clone(), line);
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
