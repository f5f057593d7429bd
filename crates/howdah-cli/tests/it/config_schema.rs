mod validate;

use std::path::Path;

use howdah_cli::render_starter;
use howdah_config::{AliasPlace, keys};
use serde_json::{Value, json};

use crate::support::Place;
use validate::faults;

fn schema() -> Value {
    serde_json::from_str(&Place::empty().text(&["config", "schema"])).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// The schema of one key.
fn leaf<'a>(schema: &'a Value, path: &str) -> &'a Value {
    let below = |schema: &'a Value, name| &schema["properties"][name];
    path.split('.').fold(schema, below)
}

#[test]
fn every_key_and_every_other_name_in_the_file_is_in_it() {
    let schema = schema();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    for key in keys() {
        let found = leaf(&schema, key.path);
        let described = found["description"].as_str().unwrap_or_default();
        assert!(described.starts_with(key.doc), "{}: {found}", key.path);
        assert_eq!(
            found.get("default").is_some(),
            key.default.is_some(),
            "{}",
            key.path
        );
        let aliases = key.aliases.iter();
        for alias in aliases.filter(|alias| alias.place == AliasPlace::File) {
            assert_eq!(
                leaf(&schema, alias.name)["deprecated"],
                true,
                "{}",
                alias.name
            );
        }
    }
}

#[test]
fn bounds_words_and_defaults_are_those_of_the_keys() {
    let schema = schema();
    let size = leaf(&schema, "database.pool.size");
    assert_eq!(size["default"], 20);
    assert_eq!(
        size["anyOf"][0],
        json!({ "type": "integer", "minimum": 1, "maximum": 1000 })
    );
    let overflow = leaf(&schema, "database.pool.overflow");
    assert_eq!(
        overflow["anyOf"][0],
        json!({ "type": "integer", "minimum": 0 })
    );
    let mode = leaf(&schema, "database.migrations.mode");
    assert_eq!(
        mode["anyOf"][0],
        json!({ "enum": ["auto", "check", "off"] })
    );
}

#[test]
fn the_starter_file_and_a_service_s_file_are_valid() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../howdah-config/tests/data/guides/guide-c/config.yaml");
    let guide = std::fs::read_to_string(guide).unwrap();
    let schema = schema();
    for text in [
        render_starter(None),
        guide,
        "database:\n".to_owned(),
        "meta: { postgres_url: postgres://db/app }\n".to_owned(),
    ] {
        assert_eq!(faults(&schema, &yaml(&text)), [""; 0], "{text}");
    }
}

#[test]
fn what_the_keys_allow_is_valid() {
    let schema = schema();
    for text in [
        "{ pool: { size: '${SIZE:-20}', max_idle: null } }",
        "{ pool: { size: '20', acquire_timeout: 5, max_lifetime: 1h30m } }",
        "{ port: '5432,5433', libpq_env: 'true', roles: { app: 123 } }",
        "{ secrets: { order: [env, file], app: { command: [pass, show, db] } } }",
        "{ environment: '${APP_ENVIRONMENT}', tls: }",
        "{ pool_size: 5, user: app }",
    ] {
        let value = json!({ "database": yaml(text) });
        assert_eq!(faults(&schema, &value), [""; 0], "{text}");
    }
}

#[test]
fn a_key_without_a_default_may_be_empty_and_a_number_with_one_may_not() {
    let schema = schema();
    for key in keys() {
        let whole = key
            .path
            .rsplit('.')
            .fold(json!(""), |inner, name| json!({ name: inner }));
        if key.default.is_none() {
            assert_eq!(faults(&schema, &whole), [""; 0], "{}", key.path);
        }
    }
    let size = json!({ "database": { "pool": { "size": "" } } });
    assert_eq!(faults(&schema, &size), ["/database/pool/size"]);
}

#[test]
fn a_section_that_the_settings_file_refuses_is_not_valid() {
    let schema = schema();
    for (text, place) in [
        ("server: { x: 1 }", "/server"),
        ("databse: { port: 1 }", "/databse"),
        ("meta: { x: 1 }", "/meta/x"),
    ] {
        assert_eq!(faults(&schema, &yaml(text)), [place], "{text}");
        Place::new(&[("howdah.yaml", text)])
            .run(&["config", "check"])
            .refused(2, &["is not a known key"]);
    }
}

#[test]
fn what_the_keys_refuse_is_not_valid() {
    let schema = schema();
    for (text, place) in [
        ("{ schemaa: x }", "/database/schemaa"),
        ("{ pool: { sizee: 1 } }", "/database/pool/sizee"),
        (
            "{ secrets: { app: { path: x } } }",
            "/database/secrets/app/path",
        ),
        ("{ pool: { size: 0 } }", "/database/pool/size"),
        ("{ pool: { size: 1001 } }", "/database/pool/size"),
        ("{ pool: { size: abc } }", "/database/pool/size"),
        (
            "{ pool: { acquire_timeout: 5x } }",
            "/database/pool/acquire_timeout",
        ),
        ("{ port: 0 }", "/database/port"),
        ("{ environment: prod }", "/database/environment"),
        ("{ roles: { app: '' } }", "/database/roles/app"),
        (
            "{ secrets: { app: { env: p@ss } } }",
            "/database/secrets/app/env",
        ),
        ("{ pool: [] }", "/database/pool"),
    ] {
        let value = json!({ "database": yaml(text) });
        assert_eq!(faults(&schema, &value), [place], "{text}");
    }
}
