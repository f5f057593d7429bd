use howdah_config::{InterpolationError, Unset, interpolate};
use proptest::prelude::*;

use crate::support::{Place, env, loaded, yaml};

/// An unclosed brace is an error here; Compose takes it for text.
const DEVIATIONS: [&str; 4] = ["${U:-{}", "${U:-a{bc}", "${FOO:-{}", "${FOO:+{}"];

fn run(text: &str, unset: Unset) -> Result<String, InterpolationError> {
    let vars = env(&[("FOO", "first"), ("BAR", ""), ("REC", "${FOO}")]);
    interpolate(text, &|name| vars.get(name).cloned(), unset).map(|done| done.text)
}

#[test]
fn every_case_of_compose_has_the_answer_of_compose() {
    let data: serde_json::Value =
        serde_json::from_str(include_str!("../data/compose-interpolation.json")).unwrap();
    let vars = |name: &str| Some(data["env"][name].as_str()?.to_owned());
    let mut deviations = Vec::new();
    for case in data["cases"].as_array().unwrap() {
        let text = case["in"].as_str().unwrap();
        let warnings = usize::try_from(case["warnings"].as_u64().unwrap()).unwrap();
        match (case["out"].as_str(), interpolate(text, &vars, Unset::Empty)) {
            (Some(out), Ok(done)) => {
                assert_eq!(done.text, out, "{text}");
                assert_eq!(done.unset.len(), warnings, "{text}");
            }
            (None, Err(_)) => {}
            (Some(_), Err(error)) if DEVIATIONS.contains(&text) => {
                assert!(error.message.contains("unterminated"), "{text}: {error}");
                deviations.push(text);
            }
            (_, other) => panic!("{text}: {other:?}"),
        }
    }
    assert_eq!(deviations, DEVIATIONS);
}

#[test]
fn an_unset_variable_is_an_error_unless_it_may_be_empty() {
    let error = run("a ${U} b", Unset::Error).unwrap_err();
    assert_eq!(error.offset, 2);
    assert_eq!(error.variable.as_deref(), Some("U"));
    assert_eq!(run("a ${U} b", Unset::Empty).unwrap(), "a  b");
    assert_eq!(run("${U:-d}", Unset::Error).unwrap(), "d");
    assert_eq!(run("${U+d}", Unset::Error).unwrap(), "");
}

#[test]
fn the_offset_of_an_inner_reference_is_counted_from_the_start() {
    let error = run("ab${U:-c${V:?inner}}", Unset::Error).unwrap_err();
    assert_eq!((error.offset, error.variable.as_deref()), (8, Some("V")));
    assert_eq!(error.to_string(), "required variable V is not set: inner");
}

#[test]
fn an_error_shows_no_value() {
    let error = run("${U?m $FOO}", Unset::Empty).unwrap_err();
    assert_eq!(error.to_string(), "required variable U is not set: m $FOO");
}

#[test]
fn a_bomb_of_ten_thousand_levels_hits_the_limit() {
    let deep = "${U:-".repeat(10_000) + &"}".repeat(10_000);
    assert!(
        run(&deep, Unset::Error)
            .unwrap_err()
            .message
            .contains("32 levels")
    );
    let allowed = "${U:-".repeat(32) + "x" + &"}".repeat(32);
    assert_eq!(run(&allowed, Unset::Error).unwrap(), "x");
}

#[test]
fn a_result_of_more_than_64_kib_hits_the_limit() {
    let big = "x".repeat(40 * 1024);
    let vars = |name: &str| (name == "BIG").then(|| big.clone());
    assert!(interpolate("$BIG", &vars, Unset::Error).is_ok());
    let error = interpolate("$BIG$BIG", &vars, Unset::Error).unwrap_err();
    assert!(error.message.contains("64 KiB"), "{error}");
}

#[test]
fn quoted_and_plain_values_are_interpolated_and_keys_are_not() {
    let place = yaml("database: { host: '${H}', name: $H, schema: \"${H:-x}\" }");
    let database = place
        .loader()
        .env(env(&[("H", "hh")]))
        .load()
        .unwrap()
        .database;
    assert_eq!(
        (database.hosts[0].host.as_str(), database.name.as_str()),
        ("hh", "hh")
    );
    assert_eq!(database.schema.as_str(), "hh");
}

#[test]
fn a_value_cannot_change_the_structure_of_the_file() {
    let place = yaml("database: { roles: { app: \"${R}\" } }");
    for value in ["a\" }", "a: b", "x # y", "- z", "${REC}", "{ owner: x }"] {
        let loaded = place.loader().env(env(&[("R", value)])).load().unwrap();
        assert_eq!(loaded.database.roles.app.as_str(), value);
        assert!(loaded.is_default("database.roles.owner"));
    }
}

#[test]
fn the_process_environment_comes_before_dotenv() {
    let place = Place::new(&[
        ("howdah.yaml", "database: { host: '${A}', name: '${B}' }"),
        (".env", "A=dotenv\nB=dotenv\n"),
    ]);
    let database = place
        .loader()
        .env(env(&[("A", "process")]))
        .load()
        .unwrap()
        .database;
    assert_eq!(
        (database.hosts[0].host.as_str(), database.name.as_str()),
        ("process", "dotenv")
    );
}

#[test]
fn empty_on_request_leaves_a_notice() {
    let place = yaml("database: { host: 'a${NOPE}b' }");
    let loaded = place.loader().unset(Unset::Empty).load().unwrap();
    assert_eq!(loaded.database.hosts[0].host, "ab");
    assert!(
        loaded.notices()[0].contains("NOPE"),
        "{:?}",
        loaded.notices()
    );
}

#[test]
fn a_missing_variable_is_no_problem_where_a_stronger_layer_gives_the_value() {
    let place = yaml("database: { host: '${DB_HOST}' }");
    let strict = place.rendered(place.loader());
    assert!(
        strict.contains("database.host") && strict.contains("DB_HOST"),
        "{strict}"
    );
    assert!(strict.contains("howdah.yaml:1:19"), "{strict}");
    let loaded = place
        .loader()
        .set("database.host", "h", "--host")
        .load()
        .unwrap();
    assert_eq!(loaded.database.hosts[0].host, "h");
}

#[test]
fn a_number_that_came_from_a_variable_says_so() {
    let place = yaml("database: { pool: { size: '${POOL_SIZE}' } }");
    let loader = place.loader().env(env(&[("POOL_SIZE", "abc")]));
    expect_test::expect![[r#"
        1 problem in the settings
          howdah.yaml:1:27: database.pool.size: "abc" is not an integer (expected 1..=100; with extended limits 1..=1000); value came from ${POOL_SIZE} (environment)"#]].assert_eq(&place.rendered(loader));
    let loader = place.loader().env(env(&[("POOL_SIZE", "101")]));
    expect_test::expect![[r#"
        1 problem in the settings
          howdah.yaml:1:27: database.pool.size: 101 is out of range (expected 1..=100); value came from ${POOL_SIZE} (environment)"#]]
    .assert_eq(&place.rendered(loader));
}

#[test]
fn braces_inside_of_a_yaml_map_want_quotes_and_the_problem_says_so() {
    let place = yaml("database: { port: ${PORT:-5433} }");
    assert!(
        place
            .rendered(place.loader())
            .contains("${...} must be quoted")
    );
}

#[test]
fn a_number_may_come_from_a_default() {
    assert_eq!(
        loaded("database:\n  port: ${PORT:-5433}\n").database.hosts[0].port,
        5433
    );
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "[$${}:?+A-C \\-]{0,40}") {
        let _outcome = run(&text, Unset::Empty);
    }

    /// However deep the reference stands: what it brings is not looked at again.
    #[test]
    fn a_value_is_never_expanded(value in "[$${}:?+A-C \\-]{0,20}", depth in 0_usize..8) {
        let vars = |name: &str| (name == "V").then(|| value.clone());
        let text = "${U:-".repeat(depth) + "[${V}]" + &"}".repeat(depth);
        let expanded = interpolate(&text, &vars, Unset::Error).unwrap().text;
        prop_assert_eq!(expanded, format!("[{value}]"));
    }

    #[test]
    fn text_without_a_dollar_sign_is_left_alone(text in "[^$]{0,60}") {
        prop_assert_eq!(run(&text, Unset::Error).unwrap(), text);
    }

    #[test]
    fn a_text_with_its_dollar_signs_doubled_comes_back(text in "\\PC{0,60}") {
        prop_assert_eq!(run(&text.replace('$', "$$"), Unset::Error).unwrap(), text);
    }

    #[test]
    fn a_value_is_inserted_as_it_is(value in "\\PC{0,60}") {
        let vars = |_: &str| Some(value.clone());
        let done = interpolate("<${V}>", &vars, Unset::Error).unwrap();
        prop_assert_eq!(done.text, format!("<{value}>"));
    }
}
