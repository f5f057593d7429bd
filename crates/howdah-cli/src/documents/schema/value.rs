//! The values of a kind, as a JSON Schema.

use howdah_config::{Key, Kind};
use serde_json::{Map, Value, json};

use crate::documents::range::Range;

const DIGITS: &str = "^[0-9]+$";
const TRUTH: &str = "^(true|false)$";
const PORTS: &str = "^[0-9]+(,[0-9]+)*$";
const DURATION: &str = "^[0-9]+$|^([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
const VARIABLE_NAME: &str = "^[A-Za-z_][A-Za-z0-9_]*$";

/// What may stand for the key. A text that holds a variable may become anything, and an empty one means that a key
/// without a default is not set.
pub(super) fn schema(key: &Key) -> Map<String, Value> {
    let mut all = alternatives(key);
    if !is_free_text(key.kind) {
        all.push(json!({ "type": "string", "pattern": r"\$" }));
    }
    if key.default.is_none() {
        if !is_free_text(key.kind) {
            all.push(json!({ "enum": [""] }));
        }
        all.push(json!({ "type": "null" }));
    }
    let mut schema = Map::new();
    schema.insert("anyOf".to_owned(), Value::Array(all));
    schema
}

/// The default as it would be written.
pub(super) fn default(kind: Kind, text: &str) -> Value {
    let parsed = match kind {
        Kind::Integer | Kind::Ports => text.parse::<u64>().ok().map(Value::from),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    parsed.unwrap_or_else(|| json!(text))
}

fn alternatives(key: &Key) -> Vec<Value> {
    match key.kind {
        Kind::Integer => vec![integer(key.bound), string(DIGITS)],
        Kind::Ports => vec![integer(key.bound), string(PORTS)],
        Kind::Duration => vec![integer(key.bound), duration()],
        Kind::Boolean => vec![json!({ "type": "boolean" }), string(TRUTH)],
        Kind::Word(words) => words_or_list(words),
        Kind::RoleName | Kind::SchemaName | Kind::DatabaseName => vec![name()],
        Kind::VariableName => vec![string(VARIABLE_NAME)],
        Kind::Argv => vec![json!({ "type": "array", "items": scalar(), "minItems": 1 })],
        _ => vec![scalar()],
    }
}

/// Words with a comma may be written as a list.
fn words_or_list(words: &[&str]) -> Vec<Value> {
    let lists: Vec<Vec<&str>> = words
        .iter()
        .filter(|word| word.contains(','))
        .map(|word| word.split(',').collect())
        .collect();
    let mut all = vec![json!({ "enum": words })];
    if !lists.is_empty() {
        all.push(json!({ "enum": lists }));
    }
    all
}

fn is_free_text(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Text
            | Kind::Path
            | Kind::Hosts
            | Kind::Addresses
            | Kind::Options
            | Kind::Url
            | Kind::Secret
    )
}

/// Texts are read as they are written: `123` and `true` are fine ones.
fn scalar() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

fn name() -> Value {
    json!({ "type": ["string", "number", "boolean"], "minLength": 1, "maxLength": 63 })
}

fn string(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn duration() -> Value {
    json!({ "type": "string", "pattern": DURATION, "minLength": 1 })
}

fn integer(bound: &str) -> Value {
    let range = Range::of(bound);
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("integer"));
    if let Some(min) = range.min {
        schema.insert("minimum".to_owned(), json!(min));
    }
    if let Some(max) = range.max {
        schema.insert("maximum".to_owned(), json!(max));
    }
    Value::Object(schema)
}
