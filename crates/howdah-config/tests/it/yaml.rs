use expect_test::expect;
use howdah_config::Loader;

use crate::support::{Place, loaded, refused, yaml};

#[test]
fn the_canonical_form_loads() {
    let loaded = loaded(
        "database:\n\
         \x20 environment: ${APP_ENVIRONMENT:-development}   # development | testing | production\n\
         \x20 host: localhost\n\
         \x20 port: 5432\n\
         \x20 name: appdb\n\
         \x20 schema: app\n\
         \x20 tls: { mode: prefer }\n\
         \x20 session: { application_name: my-service, statement_timeout: 30s, lock_timeout: 5s }\n\
         \x20 pool: { size: 20, overflow: 10, acquire_timeout: 30s, max_lifetime: 30m, idle_timeout: 10m, limits: standard }\n\
         \x20 roles: { owner: appowner, migrator: appmigrator, app: appuser, read_only: backupuser }\n\
         \x20 secrets:\n\
         \x20   app: { file: /run/secrets/postgres_app_user_pw, env: POSTGRES_APP_USER_PW }\n\
         \x20 migrations: { mode: auto, on_failure: abort, path: migrations }   # auto | check | off\n",
    );
    assert_eq!(loaded.database.schema.as_str(), "app");
    assert_eq!(loaded.database.session.application_name, "my-service");
    assert_eq!(
        loaded.database.secrets.app.env.as_deref(),
        Some("POSTGRES_APP_USER_PW")
    );
}

#[test]
fn texts_arrive_as_they_are_written() {
    for (written, text) in [
        ("123", "123"),
        ("0012", "0012"),
        ("0x1F", "0x1F"),
        ("1e5", "1e5"),
        ("1_000", "1_000"),
        ("true", "true"),
        ("off", "off"),
        ("NO", "NO"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2001-01-01", "2001-01-01"),
        (
            "99999999999999999999999999999999999999999999",
            "99999999999999999999999999999999999999999999",
        ),
        ("-0.10", "-0.10"),
        ("'null'", "null"),
        ("\"~\"", "~"),
        ("' pad '", " pad "),
        ("\"é#\"", "é#"),
        ("|-\n      block # text", "block # text"),
    ] {
        let content = format!("# ä\ndatabase:\n  roles:\n    app: {written}\n    owner: o   \n");
        assert_eq!(loaded(&content).database.roles.app.as_str(), text);
    }
}

#[test]
fn the_word_off_is_no_truth_value() {
    let loaded = loaded("database: { migrations: { mode: off } }");
    assert_eq!(loaded.database.migrations.mode.to_string(), "off");
}

#[test]
fn duplicate_keys_name_both_lines() {
    expect![[r#"
        2 problems in the settings
          howdah.yaml:4:3: duplicate key `port`; the first one is in line 2
          howdah.yaml:5:3: duplicate key `host`; the first one is in line 3"#]]
    .assert_eq(&refused(
        "database:\n  port: 1\n  host: a\n  port: 2\n  host: b\n",
    ));
}

#[test]
fn anchors_aliases_and_merge_keys_work_within_one_file() {
    let place = Place::new(&[(
        "config.yaml",
        "x: &pool { size: 3, overflow: 4 }\ndatabase:\n  host: &h db1\n  name: *h\n  pool:\n    <<: *pool\n    size: 9\n",
    )]);
    let database = place.loader().load().unwrap().database;
    assert_eq!(
        (database.hosts[0].host.as_str(), database.name.as_str()),
        ("db1", "db1")
    );
    assert_eq!((database.pool.size, database.pool.overflow), (9, 4));
}

#[test]
fn other_sections_belong_to_the_service_unless_the_file_is_ours() {
    let content =
        "server: { port: 1, list: [1, !tag 2], text: '${NOPE}' }\ndatabase: { port: 7 }\n";
    let service = Place::new(&[("config.yaml", content)]);
    assert_eq!(service.loader().load().unwrap().database.hosts[0].port, 7);
    let ours = yaml(content);
    assert!(ours.rendered(ours.loader()).contains("server"));
}

#[test]
fn a_file_without_our_section_leaves_a_notice() {
    let place = Place::new(&[("config.yaml", "databse: { port: 7 }\n")]);
    let loaded = place.loader().load().unwrap();
    assert!(
        loaded.notices()[0].contains("is `databse` meant"),
        "{:?}",
        loaded.notices()
    );
}

#[test]
fn empty_sections_and_optional_keys_without_a_value_are_nothing() {
    let loaded = loaded("database:\n  pool:\n  tls: { root_cert: ~ }\n");
    assert!(loaded.is_default("database.pool.size"));
    assert_eq!(loaded.database.tls.root_cert, None);
}

#[test]
fn a_password_in_the_place_of_a_section_is_not_shown() {
    let rendered = refused("database: { secrets: { app: hunter2 }, password: hunter2 }");
    assert!(!rendered.contains("hunter2"), "{rendered}");
    expect![[r#"
        2 problems in the settings
          howdah.yaml:1:29: database.secrets.app: must be a section with keys, not a single value
          howdah.yaml:1:40: database.password: is not a known key; name the password's file or variable below `database.secrets.app`"#]]
    .assert_eq(&rendered);
}

#[test]
fn two_files_of_ours_are_an_error_naming_both() {
    let place = Place::new(&[
        ("howdah.yaml", "database: {}"),
        ("howdah.toml", "[database]\n"),
    ]);
    expect![[r#"
        1 problem in the settings
          howdah.yaml: there is howdah.toml too; keep one of the two"#]]
    .assert_eq(&place.rendered(place.loader()));
}

#[test]
fn ours_comes_before_the_service_s_file() {
    let place = Place::new(&[
        ("howdah.yml", "database: { port: 1 }"),
        ("config.yaml", "database: { port: 2 }"),
    ]);
    assert_eq!(place.loader().load().unwrap().database.hosts[0].port, 1);
}

#[test]
fn another_kind_of_file_is_refused() {
    let place = Place::new(&[]);
    let path = place.write("settings.json", b"{}");
    let rendered = place.rendered(Loader::new().file(path));
    assert!(rendered.contains(".yaml, .yml or .toml"), "{rendered}");
}
