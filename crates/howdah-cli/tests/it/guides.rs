//! The files and environments of five existing services, through the command.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Done, Place, row};

fn fixture(guide: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../howdah-config/tests/data/guides")
        .join(guide)
        .join(file)
}

/// The fixture's files under the names that are looked for: `(fixture, name)`.
fn place(guide: &str, files: &[(&str, &str)]) -> Place {
    let place = Place::empty();
    for (from, to) in files {
        fs::copy(fixture(guide, from), place.path().join(to)).unwrap();
    }
    place
}

/// The values that `config show` prints, after `config check` has found nothing.
fn shown(place: &Place, options: &[&str]) -> Value {
    let checked = place.json(&[&["config", "check"], options].concat());
    assert_eq!(checked["ok"], true);
    place.json(&[&["config", "show"], options].concat())
}

#[track_caller]
fn assert_values(shown: &Value, expected: &[(&str, &str)]) {
    for (path, value) in expected {
        assert_eq!(
            row(shown, &format!("database.{path}"))["value"],
            *value,
            "{path}"
        );
    }
}

fn refused(place: &Place, options: &[&str]) -> Done {
    let done = place.run(&[&["config", "check", "--json"], options].concat());
    assert_eq!(done.code, 2, "{done:?}");
    assert_eq!(done.json()["ok"], false);
    assert_eq!(
        place.run(&["config", "show"]).code,
        if options.is_empty() { 2 } else { 0 }
    );
    done
}

#[test]
fn guide_a_loads_with_its_options() {
    let place = place("guide-a", &[("config.yaml", "config.yaml")]);
    let options = ["--max-db-connections", "7", "--process-workers", "4"];
    let shown = shown(&place, &options);
    let expected = [
        ("host", "localhost"),
        ("port", "5432"),
        ("roles.app", "antiraid"),
        ("name", "antiraid"),
        ("session.application_name", "template-worker"),
        ("pool.size", "7"),
        ("pool.overflow", "0"),
        ("pool.instances", "4"),
        ("migrations.mode", "auto"),
    ];
    assert_values(&shown, &expected);
}

#[test]
fn guide_b_loads() {
    let shown = shown(&place("guide-b", &[(".env", ".env")]), &[]);
    let expected = [
        ("host", "postgres"),
        ("port", "5432"),
        ("roles.app", "discord_bot"),
        ("name", "discord_bot"),
        ("schema", "example"),
        ("migrations.mode", "auto"),
    ];
    assert_values(&shown, &expected);
    assert_eq!(row(&shown, "database.schema")["origin"], ".env:2");
}

#[test]
fn guide_c_loads_in_development() {
    let files = [("config.yaml", "config.yaml"), (".env.development", ".env")];
    let shown = shown(&place("guide-c", &files), &[]);
    let expected = [
        ("host", "localhost"),
        ("port", "5433"),
        ("roles.app", "appuser"),
        ("name", "appdb"),
        ("pool.size", "10"),
        ("pool.overflow", "5"),
        ("pool.acquire_timeout", "30"),
        ("pool.max_lifetime", "1800"),
        ("roles.owner", "appowner"),
        ("roles.read_only", "backupuser"),
        ("tls.mode", "prefer"),
    ];
    assert_values(&shown, &expected);
    assert_eq!(
        row(&shown, "database.pool.size")["origin"],
        ".env:2 (pool_size of the URL)"
    );
}

#[test]
fn guide_c_loads_without_any_variable() {
    let place = place("guide-c", &[("config.yaml", "config.yaml")]);
    let shown = shown(&place, &[]);
    let expected = [
        ("host", "postgres"),
        ("roles.app", "user"),
        ("name", "app_db"),
        ("pool.size", "20"),
        ("pool.overflow", "10"),
    ];
    assert_values(&shown, &expected);
    let done = place.run(&["config", "check"]);
    assert!(done.stderr.contains("+asyncpg"), "{done:?}");
}

#[test]
fn guide_c_in_production_is_told_that_its_password_is_a_path() {
    let place = place("guide-c", &[("config.yaml", "config.yaml")]);
    let env_file = fixture("guide-c", ".env.production");
    let done = refused(&place, &["--env-file", env_file.to_str().unwrap()]);
    done.refused(
        2,
        &[
            "the password in the URL comes from POSTGRES_APP_USER_PW",
            "path of a secret file",
        ],
    );
}

#[test]
fn guide_c_in_production_is_right_after_the_mend() {
    let place = place("guide-c", &[("config.yaml", "config.yaml")]);
    let file = place.write("pw", "a-real-password-of-production\n");
    let place = place.env(&[
        ("APP_ENVIRONMENT", "production"),
        (
            "DATABASE_URL",
            "postgresql://appuser@postgres:5432/appdb?sslmode=require",
        ),
        ("DATABASE_PASSWORD_FILE_PATH", file.to_str().unwrap()),
    ]);
    let shown = shown(&place, &[]);
    let expected = [
        ("tls.mode", "require"),
        ("pool.max_lifetime", "1800"),
        ("migrations.mode", "check"),
        ("secrets.app.file", file.to_str().unwrap()),
    ];
    assert_values(&shown, &expected);
    fs::remove_file(file).unwrap();
    place
        .run(&["config", "check"])
        .refused(2, &["database.secrets.app"]);
}

#[test]
fn guide_c_s_bounds_name_key_bound_and_place() {
    for (key, value, bound) in [
        ("pool_size", "0", "1..=100"),
        ("pool_size", "101", "1..=100"),
        ("max_overflow", "-1", "0..=100"),
        ("max_overflow", "101", "0..=100"),
        ("pool_timeout", "0", "1s..=300s"),
        ("pool_timeout", "301", "1s..=300s"),
        ("pool_recycle", "299", "300s..=7200s"),
        ("pool_recycle", "7201", "300s..=7200s"),
    ] {
        let content = format!("database:\n  {key}: {value}\n");
        let done = refused(&Place::new(&[("config.yaml", &content)]), &[]);
        let problem = &done.json()["problems"][0];
        assert_eq!(problem["name"], format!("database.{key}"));
        assert_eq!(problem["value"], value);
        assert!(
            problem["expected"].as_str().unwrap().contains(bound),
            "{problem}"
        );
        assert!(
            problem["origin"]
                .as_str()
                .unwrap()
                .starts_with("config.yaml:2:")
        );
    }
}

#[test]
fn guide_c_s_sqlite_urls_are_refused_with_what_to_use_instead() {
    for url in ["sqlite:///./database.db", "sqlite:///:memory:"] {
        let place =
            place("guide-c", &[("config.yaml", "config.yaml")]).env(&[("DATABASE_URL", url)]);
        refused(&place, &[]).refused(2, &["howdah-testkit"]);
    }
}

#[test]
fn guide_d_loads() {
    let place = place("guide-d", &[(".env", ".env")]);
    let expected = [
        ("host", "localhost"),
        ("port", "6432"),
        ("roles.app", "user"),
        ("name", "imagemanager"),
    ];
    assert_values(&shown(&place, &[]), &expected);
    assert!(place.run(&["config", "check"]).stderr.contains("+asyncpg"));
}

#[test]
fn guide_e_needs_the_extended_limits() {
    let place = place("guide-e", &[(".env", ".env")]);
    refused(&place, &[]).refused(
        2,
        &[
            "DB_MAX_OPEN_CONNS",
            "HOWDAH__DATABASE__POOL__LIMITS=extended",
        ],
    );
    let shown = shown(&place, &["--set", "database.pool.limits=extended"]);
    let expected = [
        ("host", "localhost"),
        ("port", "5432"),
        ("roles.app", "postgres"),
        ("name", "alita_robot"),
        ("tls.mode", "disable"),
        ("pool.size", "200"),
        ("pool.overflow", "0"),
        ("pool.max_idle", "50"),
        ("pool.max_lifetime", "240m"),
        ("pool.idle_timeout", "60m"),
        ("migrations.mode", "auto"),
        ("migrations.on_failure", "abort"),
        ("migrations.path", "migrations"),
    ];
    assert_values(&shown, &expected);
}

#[test]
fn guide_e_without_tls_is_refused_in_production() {
    let place = Place::empty().env(&[
        ("APP_ENVIRONMENT", "production"),
        (
            "DATABASE_URL",
            "postgres://postgres@db:5432/alita_robot?sslmode=disable",
        ),
    ]);
    refused(&place, &[]).refused(2, &["DATABASE_URL (sslmode of the URL): database.tls.mode"]);
}

#[test]
fn guide_e_loads_from_its_single_variables() {
    let place = Place::empty().env(&[
        ("PSQL_DB_HOST", "db"),
        ("PSQL_DB_NAME", "robot"),
        ("PSQL_DB_USER", "alita"),
        ("PSQL_DB_PASSWORD", "p@ss#w%rd$"),
    ]);
    let expected = [
        ("host", "db"),
        ("port", "5432"),
        ("roles.app", "alita"),
        ("name", "robot"),
        ("secrets.app.env", "PSQL_DB_PASSWORD"),
    ];
    assert_values(&shown(&place, &[]), &expected);
}
