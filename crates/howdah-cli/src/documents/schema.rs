mod value;

use howdah_config::{Alias, AliasPlace, Key, Reads, keys};
use serde_json::{Map, Value, json};

use super::kind;

/// The JSON Schema of `howdah.yaml`, in which no other section may stand.
pub fn render_schema() -> String {
    let mut root = Map::new();
    root.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    root.insert("title".to_owned(), json!("Settings of howdah"));
    root.insert("type".to_owned(), json!("object"));
    root.insert("additionalProperties".to_owned(), json!(false));
    for key in keys() {
        insert(&mut root, key.path, leaf(key));
        let aliases = key.aliases.iter();
        for alias in aliases.filter(|alias| alias.place == AliasPlace::File) {
            insert(&mut root, alias.name, other_name(key, alias));
        }
    }
    format!("{:#}\n", Value::Object(root))
}

fn insert(section: &mut Map<String, Value>, path: &str, leaf: Value) {
    let properties = section.entry("properties").or_insert_with(|| json!({}));
    let Some(properties) = properties.as_object_mut() else {
        return;
    };
    let Some((name, rest)) = path.split_once('.') else {
        properties.insert(path.to_owned(), leaf);
        return;
    };
    let inner = properties.entry(name).or_insert_with(new_section);
    if let Some(inner) = inner.as_object_mut() {
        insert(inner, rest, leaf);
    }
}

/// A section may be empty.
fn new_section() -> Value {
    json!({ "type": ["object", "null"], "additionalProperties": false })
}

fn leaf(key: &Key) -> Value {
    let mut schema = value::schema(key);
    schema.insert(
        "description".to_owned(),
        json!(format!(
            "{}{}",
            key.doc,
            kind::in_brackets(key.kind, key.bound)
        )),
    );
    if let Some(default) = key.default {
        schema.insert("default".to_owned(), value::default(key.kind, default));
    }
    Value::Object(schema)
}

fn other_name(key: &Key, alias: &Alias) -> Value {
    let mut schema = match alias.reads {
        Reads::Same => value::schema(key),
        _ => Map::new(),
    };
    let description = format!("Another name of {}: {}", key.path, key.doc);
    schema.insert("description".to_owned(), json!(description));
    schema.insert("deprecated".to_owned(), json!(true));
    Value::Object(schema)
}
