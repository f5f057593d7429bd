use std::path::{Path, PathBuf};

use expect_test::expect;
use howdah_config::{Loader, Origin};

use crate::support::{Place, env, yaml};

#[test]
fn every_layer_names_its_place() {
    let place = Place::new(&[
        (
            "howdah.yaml",
            "database:\n  host: file\n  pool:\n    size:   7   # seven\n",
        ),
        (".env", "# nothing\n\nHOWDAH__DATABASE__NAME=dotenv\n"),
    ]);
    let loaded = place
        .loader()
        .env(env(&[("HOWDAH__DATABASE__SCHEMA", "env")]))
        .set("database.port", "1", "--port")
        .load()
        .unwrap();
    let file = place.path().join("howdah.yaml");
    let size = Origin::File {
        path: file.clone(),
        line: 4,
        column: 13,
    };
    assert_eq!(*loaded.origin("database.pool.size"), size);
    assert_eq!(size.to_string(), format!("{}:4:13", file.display()));
    let name = loaded.origin("database.name").to_string();
    assert_eq!(name, format!("{}:3", place.path().join(".env").display()));
    assert_eq!(
        loaded.origin("database.schema").to_string(),
        "HOWDAH__DATABASE__SCHEMA"
    );
    assert_eq!(loaded.origin("database.port").to_string(), "--port");
    assert_eq!(loaded.origin("database.roles.app").to_string(), "default");
    assert_eq!(*loaded.origin("no.such.key"), Origin::Default);
}

#[test]
fn problems_of_all_layers_come_at_once_with_their_places() {
    let place = Place::new(&[
        (
            "howdah.yaml",
            "database:\n  port: many\n  pool:\n    sizee: 5\n    overflow: 101\n  tls: on\n",
        ),
        (".env", "HOWDAH__DATABASE__POOL__ACQUIRE_TIMEOUT=-1\noops\n"),
    ]);
    let loader = place
        .loader()
        .env(env(&[
            ("HOWDAH__DATABASE__POOL__SIZE", "0"),
            ("HOWDAH__DATABASE__POLL__SIZE", "1"),
        ]))
        .set("database.roles.app", "pg_app", "--app-role");
    expect![[r#"
        9 problems in the settings
          .env:2: has no `=`; write KEY=value
          .env:1: database.pool.acquire_timeout: -1 is not a duration; write a number with h, m, s or ms, as in 30s, 500ms or 1h30m
          howdah.yaml:2:9: database.port: "many" is not an integer (expected 1..=65535)
          howdah.yaml:4:5: database.pool.sizee: is not a known key; did you mean `pool.size`?
          howdah.yaml:5:15: database.pool.overflow: 101 is out of range (expected 0..=100)
          howdah.yaml:6:8: database.tls: must be a section with keys, not a single value
          HOWDAH__DATABASE__POLL__SIZE: is not a known variable; did you mean HOWDAH__DATABASE__POOL__SIZE?
          --app-role: database.roles.app: "pg_app" is reserved by PostgreSQL and cannot name a role
          HOWDAH__DATABASE__POOL__SIZE: database.pool.size: 0 is out of range (expected 1..=100)"#]].assert_eq(&place.rendered(loader));
}

#[test]
fn a_broken_file_does_not_hide_the_other_layers() {
    let place = yaml("database: {\n");
    let loader = place
        .loader()
        .env(env(&[("HOWDAH__DATABASE__PORT", "abc")]));
    expect![[r#"
        2 problems in the settings
          howdah.yaml:1:11: unclosed bracket '{'
          HOWDAH__DATABASE__PORT: database.port: "abc" is not an integer (expected 1..=65535)"#]]
    .assert_eq(&place.rendered(loader));
}

#[test]
fn a_value_that_a_stronger_layer_replaces_is_still_checked() {
    let place = yaml("database: { port: many }");
    let loader = place.loader().set("database.port", "1", "--port");
    assert!(place.rendered(loader).contains("\"many\""));
}

#[test]
fn relative_paths_start_where_the_file_stands() {
    let place = yaml("database: { migrations: { path: db/migrations } }");
    let loaded = place.loader().load().unwrap();
    assert_eq!(
        loaded.database.migrations.path,
        PathBuf::from("db/migrations")
    );
    assert_eq!(loaded.directory(), place.path());
    assert_eq!(
        loaded.file(),
        Some(place.path().join("howdah.yaml").as_path())
    );
    let resolved = loaded.resolve_path(&loaded.database.migrations.path);
    assert_eq!(resolved, place.path().join("db/migrations"));
    assert_eq!(
        loaded.resolve_path(Path::new("/abs")),
        PathBuf::from("/abs")
    );

    let elsewhere = Place::new(&[]);
    let file = place.path().join("howdah.yaml");
    let loaded = elsewhere.loader().file(file).load().unwrap();
    assert_eq!(loaded.directory(), place.path());
    assert_eq!(
        elsewhere.loader().load().unwrap().directory(),
        elsewhere.path()
    );
}

#[test]
fn the_effective_values_show_text_and_origin_and_no_secret() {
    let place = yaml(
        "database:\n  session:\n    application_name: x-${APP_PW}\n    lock_timeout: 90\n  secrets: { app: { env: APP_PW } }\n",
    );
    let loader = place.loader().env(env(&[("APP_PW", "hunter2")]));
    let effective = loader.load().unwrap().effective();
    let find = |path| effective.iter().find(|value| value.path == path).unwrap();
    assert_eq!(
        find("database.session.application_name").value,
        "[REDACTED]"
    );
    assert_eq!(find("database.session.lock_timeout").value, "90");
    assert_eq!(find("database.secrets.app.env").value, "APP_PW");
    assert!(
        find("database.session.lock_timeout")
            .origin
            .ends_with("howdah.yaml:4:19")
    );
}

#[test]
fn a_password_written_in_the_place_of_its_variable_is_not_shown() {
    let loader = Loader::new().set("database.secrets.app.env", "hunter2!", "--secret");
    let error = loader.load().unwrap_err().to_string();
    assert!(
        error.contains("the name of the variable") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn what_comes_from_a_variable_called_like_a_password_is_not_shown() {
    let place = yaml(
        "database: { port: '${POSTGRES_APP_USER_PW}', schema: '${named}', secrets: { app: { env: named } } }",
    );
    let process = env(&[("POSTGRES_APP_USER_PW", "hunter2"), ("named", "pg_hunter2")]);
    let rendered = place.rendered(place.loader().env(process));
    assert!(!rendered.contains("hunter2"), "{rendered}");
    assert!(rendered.contains("from ${named}"), "{rendered}");
}
