use serde_json::{Map, Value};

/// Words that YAML 1.1 or 1.2 takes for something else than text.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// A value as YAML that is pleasant to edit: texts in quotes only where they have to be, short lists in a line.
pub(super) fn render(value: &Value) -> String {
    let mut lines = Vec::new();
    match value {
        Value::Object(fields) if !fields.is_empty() => entries(&mut lines, fields, 0),
        other => lines.push(inline(other)),
    }
    lines.join("\n") + "\n"
}

fn entries(lines: &mut Vec<String>, fields: &Map<String, Value>, depth: usize) {
    for (name, value) in fields {
        let indent = "  ".repeat(depth);
        let name = scalar(name);
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                lines.push(format!("{indent}{name}:"));
                entries(lines, inner, depth + 1);
            }
            other => lines.push(format!("{indent}{name}: {}", inline(other))),
        }
    }
}

/// JSON is YAML.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(inline).collect();
            format!("[{}]", list.join(", "))
        }
        other => other.to_string(),
    }
}

fn scalar(text: &str) -> String {
    let mut bytes = text.bytes();
    let is_plain = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !WORDS.contains(&text);
    if is_plain {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        let value = json!({
            "roles": { "no": {}, "we\"ird; drop--": { "login": true, "connection_limit": -1 }, "ü\u{1F418}\n": null },
            "databases": { "shop": { "grants": { "app": ["connect", "1e3"] }, "valid_until": "2030-01-01", "empty": [] } },
        });
        let text = render(&value);
        expect![[r#"
            databases:
              shop:
                empty: []
                grants:
                  app: [connect, "1e3"]
                valid_until: "2030-01-01"
            roles:
              "no": {}
              "we\"ird; drop--":
                connection_limit: -1
                login: true
              "ü🐘\n": null
        "#]]
        .assert_eq(&text);
        let read: Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(read, value);
    }
}
