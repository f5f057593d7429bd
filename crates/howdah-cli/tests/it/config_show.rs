use howdah_config::keys;

use crate::support::{Place, row};

#[test]
fn every_key_has_a_row_also_one_that_is_not_set() {
    let place = Place::new(&[("howdah.yaml", "database: { port: 5433 }")]);
    let shown = place.json(&["config", "show"]);
    assert_eq!(shown.as_array().unwrap().len(), keys().len());
    let port = row(&shown, "database.port");
    assert_eq!(port["value"], "5433");
    assert_eq!(port["origin"], "howdah.yaml:1:19");
    assert_eq!(port["default"], false);
    let unset = row(&shown, "database.tls.root_cert");
    assert_eq!(
        (&unset["value"], &unset["default"]),
        (&"".into(), &true.into())
    );
    let text = place.text(&["config", "show"]);
    assert_eq!(text.lines().count(), keys().len());
}

#[test]
fn options_win_and_say_so() {
    let place = Place::new(&[
        ("howdah.yaml", "database: { port: 5433 }"),
        (
            "other.env",
            "SVC__DATABASE__HOST=from-the-file\nSVC__DATABASE__PORT=1\n",
        ),
    ])
    .env(&[
        ("SVC__DATABASE__NAME", "svc"),
        ("HOWDAH__DATABASE__NAME", "no"),
    ]);
    let shown = place.json(&[
        "config",
        "show",
        "--prefix",
        "SVC",
        "--env-file",
        "other.env",
        "--set",
        "database.port=7",
        "--set",
        "database.schema=a=b",
        "--process-workers",
        "4",
        "--max-db-connections",
        "9",
    ]);
    for (path, value, origin) in [
        ("database.name", "svc", "SVC__DATABASE__NAME"),
        ("database.host", "from-the-file", "other.env:1"),
        ("database.port", "7", "--set database.port"),
        ("database.schema", "a=b", "--set database.schema"),
        ("database.pool.instances", "4", "--process-workers"),
        ("database.pool.size", "9", "--max-db-connections"),
        ("database.pool.overflow", "0", "--max-db-connections"),
    ] {
        let row = row(&shown, path);
        assert_eq!(
            (&row["value"], &row["origin"]),
            (&value.into(), &origin.into()),
            "{path}"
        );
    }
}

#[test]
fn a_named_env_file_is_read_in_production_too() {
    let place = Place::new(&[
        (
            "howdah.yaml",
            "database: { environment: production, tls: { mode: require } }",
        ),
        (".env", "HOWDAH__DATABASE__NAME=found\n"),
    ]);
    let found = place.json(&["config", "show"]);
    assert_eq!(row(&found, "database.name")["value"], "appdb");
    let named = place.json(&["config", "show", "--env-file", ".env"]);
    assert_eq!(row(&named, "database.name")["value"], "found");
}

#[test]
fn the_other_names_of_options_are_in_the_long_help_only() {
    let place = Place::empty();
    assert!(
        !place
            .text(&["config", "show", "-h"])
            .contains("--process-workers")
    );
    assert!(
        place
            .text(&["config", "show", "--help"])
            .contains("--process-workers")
    );
}

#[test]
fn bad_settings_are_the_same_json_as_those_of_check() {
    let place = Place::new(&[("howdah.yaml", "database: { pool: { size: abc }, x: 1 }")]);
    let shown = place.run(&["config", "show", "--json"]);
    shown.refused(2, &["2 problems in the settings"]);
    assert_eq!(shown.json()["problems"].as_array().unwrap().len(), 2);
    let checked = place.run(&["config", "check", "--json"]);
    assert_eq!(shown.stdout, checked.stdout);
    assert_eq!(place.run(&["config", "show"]).stdout, "");
}
