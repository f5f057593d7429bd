//! As much of JSON Schema as our schema uses; anything else is a panic, so that no keyword goes unchecked.

use serde_json::{Map, Value};

/// The places that are not valid.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema.as_object().unwrap(), value, "", &mut found);
    found
}

fn check(schema: &Map<String, Value>, value: &Value, at: &str, found: &mut Vec<String>) {
    let is_valid = schema
        .iter()
        .all(|(keyword, wanted)| holds(keyword, wanted, value));
    if !is_valid {
        found.push(at.to_owned());
    }
    let Some(fields) = value.as_object() else {
        return;
    };
    for (name, inner) in fields {
        let at = format!("{at}/{name}");
        match schema.get("properties").and_then(|all| all.get(name)) {
            Some(known) => check(known.as_object().unwrap(), inner, &at, found),
            None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                found.push(at);
            }
            None => {}
        }
    }
}

fn holds(keyword: &str, wanted: &Value, value: &Value) -> bool {
    match keyword {
        "$schema"
        | "title"
        | "description"
        | "default"
        | "deprecated"
        | "properties"
        | "additionalProperties" => true,
        "type" => types(wanted).any(|wanted| has_type(wanted, value)),
        "enum" => wanted.as_array().unwrap().contains(value),
        "anyOf" => wanted
            .as_array()
            .unwrap()
            .iter()
            .any(|one| faults(one, value).is_empty()),
        "minimum" => value
            .as_i64()
            .is_none_or(|number| number >= wanted.as_i64().unwrap()),
        "maximum" => value
            .as_i64()
            .is_none_or(|number| number <= wanted.as_i64().unwrap()),
        "minLength" => value
            .as_str()
            .is_none_or(|text| text.chars().count() >= size(wanted)),
        "maxLength" => value
            .as_str()
            .is_none_or(|text| text.chars().count() <= size(wanted)),
        "minItems" => value
            .as_array()
            .is_none_or(|list| list.len() >= size(wanted)),
        "items" => value
            .as_array()
            .is_none_or(|list| list.iter().all(|item| faults(wanted, item).is_empty())),
        "pattern" => value
            .as_str()
            .is_none_or(|text| matches(wanted.as_str().unwrap(), text)),
        other => panic!("the keyword {other} is not known here"),
    }
}

fn types(wanted: &Value) -> impl Iterator<Item = &str> {
    let several = wanted.as_array().into_iter().flatten();
    several
        .chain(std::iter::once(wanted))
        .filter_map(Value::as_str)
}

fn has_type(wanted: &str, value: &Value) -> bool {
    match wanted {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other} is not known here"),
    }
}

fn size(wanted: &Value) -> usize {
    usize::try_from(wanted.as_u64().unwrap()).unwrap()
}

fn matches(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match pattern {
        r"\$" => text.contains('$'),
        "^[0-9]+$" => digits(text),
        "^[0-9]+(,[0-9]+)*$" => text.split(',').all(digits),
        "^(true|false)$" => text == "true" || text == "false",
        "^[A-Za-z_][A-Za-z0-9_]*$" => {
            text.chars().all(word) && !text.starts_with(|c: char| c.is_ascii_digit())
        }
        "^[0-9]+$|^([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$" => digits(text) || is_sum(text),
        other => panic!("the pattern {other} is not known here"),
    }
}

fn is_sum(text: &str) -> bool {
    let mut rest = text;
    for unit in ["h", "m", "s", "ms"] {
        let letters = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let after = letters.strip_prefix(unit);
        let ends = after
            .filter(|after| letters.len() < rest.len() && !after.starts_with(char::is_alphabetic));
        rest = ends.unwrap_or(rest);
    }
    rest.is_empty()
}
