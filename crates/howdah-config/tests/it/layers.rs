use std::collections::{BTreeMap, BTreeSet};

use std::path::Path;

use howdah_config::{Database, Environment, Loader, MigrationsMode, keys};
use proptest::prelude::*;

use crate::support::{Place, env, yaml};

#[test]
fn without_layers_everything_is_the_default() {
    let loaded = Loader::new().load().unwrap();
    assert_eq!(loaded.database, Database::default());
    assert!(keys().iter().all(|key| loaded.is_default(key.path)));
    assert_eq!(loaded.directory(), Path::new("."));
    assert_eq!(loaded.file(), None);
}

#[test]
fn rows_and_structs_have_the_same_defaults() {
    let effective = Loader::new().load().unwrap().effective();
    assert_eq!(effective.len(), keys().len());
    for (value, key) in effective.iter().zip(keys()) {
        assert_eq!(value.path, key.path);
        assert_eq!(value.value, key.default.unwrap_or_default(), "{}", key.path);
        assert_eq!(value.origin, "default");
    }
}

/// What has no field of its own: it says where others come from, or how they are read.
const WITHOUT_FIELD: [&str; 4] = [
    "database.url",
    "database.direct_url",
    "database.libpq_env",
    "database.secrets.command_timeout",
];

/// The fields as `Debug` prints them are the leaves of the structs.
#[test]
fn rows_and_structs_have_the_same_leaves() {
    let printed = format!("{:#?}", Database::default());
    let fields: BTreeSet<&str> = printed
        .lines()
        .filter_map(|line| Some(line.trim().split_once(':')?.0))
        .collect();
    let keys = || {
        keys()
            .iter()
            .filter(|key| !WITHOUT_FIELD.contains(&key.path))
    };
    for key in keys() {
        let name = key.path.rsplit('.').next().unwrap();
        assert!(fields.contains(name), "{}", key.path);
    }
    let taken_apart = ["hosts", "direct"];
    let names: BTreeSet<&str> = keys()
        .flat_map(|key| key.path.split('.'))
        .chain(taken_apart)
        .collect();
    for field in fields {
        assert!(names.contains(field), "{field}");
    }
}

#[test]
fn each_layer_wins_over_the_weaker_ones() {
    let place = Place::new(&[
        (
            "howdah.yaml",
            "database: { host: file, name: file, schema: file, port: 1 }",
        ),
        (
            ".env",
            "HOWDAH__DATABASE__NAME=dotenv\nHOWDAH__DATABASE__SCHEMA=dotenv\nHOWDAH__DATABASE__PORT=2\n",
        ),
    ]);
    let process = env(&[
        ("HOWDAH__DATABASE__SCHEMA", "env"),
        ("HOWDAH__DATABASE__PORT", "3"),
    ]);
    let loader = place
        .loader()
        .env(process)
        .set("database.port", "4", "--port");
    let database = loader.load().unwrap().database;
    assert_eq!(database.hosts[0].host, "file");
    assert_eq!(database.name.as_str(), "dotenv");
    assert_eq!(database.schema.as_str(), "env");
    assert_eq!(database.hosts[0].port, 4);
}

#[test]
fn the_prefix_can_be_the_service_s_own() {
    let loader = Loader::new().prefix("APP").env(env(&[
        ("APP__DATABASE__PORT", "5433"),
        ("HOWDAH__DATABASE__PORT", "1"),
    ]));
    assert_eq!(loader.load().unwrap().database.hosts[0].port, 5433);
}

#[test]
fn the_environment_has_an_alias_and_two_that_disagree_are_an_error_naming_both() {
    let alias = Loader::new().env(env(&[("APP_ENVIRONMENT", "testing")]));
    assert_eq!(
        alias.load().unwrap().database.environment,
        Environment::Testing
    );

    let empty = Loader::new().env(env(&[("APP_ENVIRONMENT", "")]));
    assert!(empty.load().unwrap().is_default("database.environment"));

    let own = ("HOWDAH__DATABASE__ENVIRONMENT", "testing");
    let same = Loader::new().env(env(&[own, ("APP_ENVIRONMENT", "testing")]));
    assert_eq!(
        same.load().unwrap().database.environment,
        Environment::Testing
    );

    let both = Loader::new().env(env(&[own, ("APP_ENVIRONMENT", "development")]));
    let error = both.load().unwrap_err().to_string();
    assert!(
        error.contains(own.0) && error.contains("APP_ENVIRONMENT disagree"),
        "{error}"
    );
}

#[test]
fn production_checks_migrations_and_does_not_run_them() {
    let mode = |environment| {
        let loader = Loader::new().set("database.environment", environment, "--env");
        loader.load().unwrap().database.migrations.mode
    };
    assert_eq!(mode("production"), MigrationsMode::Check);
    assert_eq!(mode("testing"), MigrationsMode::Auto);
    let explicit = Loader::new()
        .set("database.environment", "production", "--env")
        .set("database.migrations.mode", "auto", "--mode");
    assert_eq!(
        explicit.load().unwrap().database.migrations.mode,
        MigrationsMode::Auto
    );
}

#[test]
fn a_stronger_layer_replaces_the_reference_of_a_secret_as_a_whole() {
    let place = yaml("database: { secrets: { app: { file: /run/secrets/app, env: APP_PW } } }");
    let secret = place.loader().load().unwrap().database.secrets.app;
    assert_eq!(secret.file.as_deref(), Some(Path::new("/run/secrets/app")));
    assert_eq!(secret.env.as_deref(), Some("APP_PW"));

    let stronger = place
        .loader()
        .set("database.secrets.app.env", "OTHER", "--env");
    let loaded = stronger.load().unwrap();
    assert_eq!(loaded.database.secrets.app.file, None);
    assert_eq!(loaded.database.secrets.app.env.as_deref(), Some("OTHER"));
    assert!(loaded.is_default("database.secrets.app.file"));
}

#[test]
fn an_empty_value_unsets_what_may_be_unset() {
    let place = yaml("database: { tls: { root_cert: ca.pem } }");
    let process = env(&[("HOWDAH__DATABASE__TLS__ROOT_CERT", "")]);
    let loaded = place.loader().env(process).load().unwrap();
    assert_eq!(loaded.database.tls.root_cert, None);
}

#[test]
fn values_of_the_environment_arrive_byte_for_byte() {
    for text in [
        "12345",
        "true",
        "0012",
        "[abc]",
        "{a=1}",
        "\"q\"",
        " pad ",
        "null",
        "1e5",
        "p@ss#w%rd$",
        "${X}",
    ] {
        let process = env(&[("HOWDAH__DATABASE__ROLES__APP", text)]);
        let loaded = Loader::new().env(process).load().unwrap();
        assert_eq!(loaded.database.roles.app.as_str(), text);
    }
}

#[test]
fn the_environment_for_secrets_has_dotenv_below_the_process() {
    let place = Place::new(&[(".env", "A=dotenv\nB=dotenv\n")]);
    let loaded = place.loader().env(env(&[("A", "process")])).load().unwrap();
    assert_eq!(
        *loaded.environment(),
        env(&[("A", "process"), ("B", "dotenv")])
    );
}

#[test]
fn debug_shows_neither_the_environment_nor_explicit_values() {
    let place = Place::new(&[(".env", "PW=hunter2\n")]);
    let loader = place.loader().env(env(&[("OTHER_PW", "hunter2")])).set(
        "database.host",
        "hunter2.example",
        "--host",
    );
    assert!(!format!("{loader:?}").contains("hunter2"));
    let plain = place
        .loader()
        .env(env(&[("OTHER_PW", "hunter2")]))
        .load()
        .unwrap();
    assert!(!format!("{plain:?}").contains("hunter2"));
}

proptest! {
    /// Which layers give a port, and which of them wins.
    #[test]
    fn the_strongest_layer_that_says_something_wins(given in prop::collection::vec(prop::option::of(1_u16..), 4)) {
        let line = |index: usize, start: &str| {
            given[index].map_or_else(String::new, |port| format!("{start}{port}\n"))
        };
        let place = Place::new(&[
            ("howdah.yaml", &format!("database:\n  host: h\n{}", line(0, "  port: "))),
            (".env", &line(1, "HOWDAH__DATABASE__PORT=")),
        ]);
        let mut loader = place.loader();
        if let Some(port) = given[2] {
            loader = loader.env(env(&[("HOWDAH__DATABASE__PORT", &port.to_string())]));
        }
        if let Some(port) = given[3] {
            loader = loader.set("database.port", &port.to_string(), "--port");
        }
        let wanted = given.iter().rev().find_map(|port| *port).unwrap_or(5432);
        prop_assert_eq!(loader.load().unwrap().database.hosts[0].port, wanted);
    }
}

#[test]
fn a_variable_with_nearly_the_right_prefix_is_led_to_the_right_one() {
    let loader = Loader::new().env(env(&[("HOWDAH_DATABASE__POOL__SIZE", "5")]));
    let rendered = loader.load().unwrap_err().to_string();
    assert!(
        rendered.contains("did you mean HOWDAH__DATABASE__POOL__SIZE?"),
        "{rendered}"
    );
}

#[test]
fn a_prefix_that_no_variable_can_have_is_refused() {
    for prefix in ["a b", "HOWDAH__", "", "1A"] {
        let rendered = Loader::new().prefix(prefix).load().unwrap_err().to_string();
        assert!(rendered.contains("cannot start a variable"), "{rendered}");
    }
}

#[test]
fn a_service_has_variables_of_its_own_below_its_prefix() {
    let own = env(&[
        ("MYSVC__SERVER__PORT", "1"),
        ("MYSVC__DATABASE__POOL__SIZE", "7"),
    ]);
    let loaded = Loader::new().prefix("MYSVC").env(own).load().unwrap();
    assert_eq!(loaded.database.pool.size, 7);
    let wrong = env(&[("MYSVC__DATABSE__POOL__SIZE", "7")]);
    let rendered = Loader::new()
        .prefix("MYSVC")
        .env(wrong)
        .load()
        .unwrap_err()
        .to_string();
    assert!(
        rendered.contains("did you mean MYSVC__DATABASE__POOL__SIZE?"),
        "{rendered}"
    );
}

#[test]
fn a_hundred_problems_are_enough() {
    let many: BTreeMap<_, _> = (0..150)
        .map(|number| (format!("HOWDAH__DATABASE__X{number}"), String::new()))
        .collect();
    let rendered = Loader::new().env(many).load().unwrap_err().to_string();
    assert!(
        rendered.starts_with("150 problems ") && rendered.ends_with("... and 50 more"),
        "{rendered}"
    );
}
