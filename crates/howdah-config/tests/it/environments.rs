//! The file of an environment, beside the settings file.

use crate::support::{Place, env};

const BASE: &str =
    "database:\n  environment: ${APP_ENVIRONMENT:-development}\n  name: base\n  schema: base\n";

#[test]
fn the_file_of_the_environment_wins_over_the_settings_file() {
    let place = Place::new(&[
        ("config.yaml", BASE),
        ("config.testing.yaml", "database: { name: testing }"),
        ("config.development.yaml", "database: { name: development }"),
    ]);
    let loaded = place.loader().load().unwrap();
    assert_eq!(loaded.database.name.as_str(), "development");
    let testing = place.loader().env(env(&[("APP_ENVIRONMENT", "testing")]));
    let loaded = testing.load().unwrap();
    assert_eq!(loaded.database.name.as_str(), "testing");
    assert_eq!(loaded.database.schema.as_str(), "base");
    let origin = loaded.origin("database.name").to_string();
    assert!(origin.ends_with("config.testing.yaml:1:19"), "{origin}");
}

#[test]
fn dotenv_wins_over_it_and_can_choose_it() {
    let place = Place::new(&[
        ("howdah.yaml", BASE),
        (
            "howdah.testing.yaml",
            "database: { name: testing, schema: testing }",
        ),
        (".env", "APP_ENVIRONMENT=testing\nDB_SCHEMA=dotenv\n"),
    ]);
    let loaded = place.loader().load().unwrap();
    assert_eq!(loaded.database.name.as_str(), "testing");
    assert_eq!(loaded.database.schema.as_str(), "dotenv");
}

#[test]
fn it_cannot_change_the_environment() {
    let place = Place::new(&[
        ("howdah.yaml", BASE),
        (
            "howdah.development.yaml",
            "database: { environment: production }",
        ),
    ]);
    let rendered = place.rendered(place.loader());
    assert!(
        rendered.contains("howdah.development.yaml:1:26: database.environment: cannot be changed"),
        "{rendered}"
    );
}

#[test]
fn what_is_wrong_with_it_is_said_with_its_place() {
    let place = Place::new(&[
        ("howdah.toml", "[database]\nname = \"a\"\n"),
        (
            "howdah.development.toml",
            "[database]\nport = 0\nnam = \"x\"\n",
        ),
    ]);
    let rendered = place.rendered(place.loader());
    for part in [
        "howdah.development.toml:2:8: database.port: 0 is out of range (expected 1..=65535)",
        "howdah.development.toml:3:1: database.nam: is not a known key",
    ] {
        assert!(rendered.contains(part), "{rendered}");
    }
}

#[test]
fn an_env_file_that_is_named_is_read_in_production() {
    let place = Place::new(&[("prod.env", "APP_ENVIRONMENT=production\nDB_SCHEMA=named\n")]);
    let named = place.loader().dotenv(place.path().join("prod.env"));
    let loaded = named.load().unwrap();
    assert_eq!(loaded.database.schema.as_str(), "named");
    assert_eq!(loaded.database.environment.to_string(), "production");
}

#[test]
fn it_may_end_in_another_way_and_two_of_them_are_an_error() {
    let overlay = ("howdah.development.toml", "[database]\nname = \"toml\"\n");
    let place = Place::new(&[("howdah.yaml", BASE), overlay]);
    assert_eq!(
        place.loader().load().unwrap().database.name.as_str(),
        "toml"
    );
    place.write("howdah.development.yml", b"database: { name: yml }");
    let rendered = place.rendered(place.loader());
    assert!(
        rendered.contains("howdah.development.yml: there is")
            && rendered.contains("howdah.development.toml too"),
        "{rendered}"
    );
}

#[test]
fn a_file_of_the_environment_that_is_not_read_is_named() {
    let stray = ("config.development.yaml", "database: { name: stray }");
    for files in [vec![stray], vec![("howdah.yaml", BASE), stray]] {
        let place = Place::new(&files);
        let loaded = place.loader().load().unwrap();
        let notices = loaded.notices().join("\n");
        assert!(
            notices.contains("config.development.yaml is not read"),
            "{notices}"
        );
        assert_ne!(loaded.database.name.as_str(), "stray");
    }
}
