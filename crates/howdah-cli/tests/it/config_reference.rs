use howdah_config::{keys, parameters};

use crate::support::Place;

#[test]
fn every_key_with_its_other_names_and_every_parameter_is_in_it() {
    let text = Place::empty().text(&["config", "reference"]);
    for key in keys() {
        let line = format!("| `{}` | `{}` |", key.path, key.variable("HOWDAH"));
        let line = text.lines().find(|row| row.starts_with(&line));
        assert!(
            line.is_some_and(|line| line.contains(key.doc)),
            "{}",
            key.path
        );
        for alias in key.aliases {
            let starts = format!("| `{}` |", key.path);
            let name = format!("`{}`", alias.name);
            let is_named = |row: &str| row.starts_with(&starts) && row.contains(&name);
            assert!(text.lines().any(is_named), "{}", alias.name);
        }
    }
    for parameter in parameters() {
        let start = format!("| `{}` | ", parameter.name);
        let is_row = |row: &str| row.starts_with(&start) && row.contains(parameter.doc);
        assert!(text.lines().any(is_row), "{}", parameter.name);
    }
}

#[test]
fn every_row_of_a_table_has_its_columns() {
    let text = Place::empty().text(&["config", "reference"]);
    let mut columns = None;
    for line in text.lines() {
        let bars = line.replace("\\|", "").matches('|').count();
        match columns {
            _ if !line.starts_with('|') => columns = None,
            None => columns = Some(bars),
            Some(expected) => assert_eq!(bars, expected, "{line}"),
        }
    }
}

#[test]
fn programs_get_the_same_as_json() {
    let printed = Place::empty().json(&["config", "reference"]);
    assert_eq!(printed["keys"].as_array().unwrap().len(), keys().len());
    assert_eq!(
        printed["parameters"].as_array().unwrap().len(),
        parameters().len()
    );
    let size = &printed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["path"] == "database.pool.size")
        .unwrap();
    assert_eq!(size["kind"], "integer");
    assert_eq!(size["default"], "20");
    assert_eq!(size["aliases"][1]["name"], "DB_MAX_OPEN_CONNS");
    assert_eq!(size["aliases"][1]["reads"], "max_open");
}
