//! Where the settings say that secrets are.

use std::time::Duration;

use howdah_config::Loader;
use howdah_secrets::{Order, Rules};

use crate::support::{Place, env, loaded, refused};

#[test]
fn every_source_can_be_named() {
    let settings = loaded(
        "database:\n  secrets:\n    order: [env, file]\n    command_timeout: 3s\n\
         \x20   migrator: { file: pw, env: PW }\n    app: { command: [vault, read, \"a b\"] }\n\
         \x20   read_only: { credential: ro }\n",
    );
    let secrets = &settings.database.secrets;
    assert_eq!(secrets.migrator.order, Order::EnvThenFile);
    let command = secrets.app.command.as_ref().unwrap();
    assert_eq!(command.argv, ["vault", "read", "a b"]);
    assert_eq!(command.timeout, Duration::from_secs(3));
    assert_eq!(secrets.read_only.credential.as_deref(), Some("ro"));
}

#[test]
fn a_command_is_a_list_of_words() {
    let environment = env(&[(
        "HOWDAH__DATABASE__SECRETS__APP__COMMAND",
        r#"["pass","show","db"]"#,
    )]);
    let settings = Loader::new().env(environment).load().unwrap();
    let command = settings.database.secrets.app.command.unwrap();
    assert_eq!(command.argv, ["pass", "show", "db"]);
    for bad in ["vault read hunter2", "[]", "[\"\"]", "[1]"] {
        let environment = env(&[("HOWDAH__DATABASE__SECRETS__APP__COMMAND", bad)]);
        let rendered = Loader::new()
            .env(environment)
            .load()
            .unwrap_err()
            .to_string();
        assert!(rendered.contains("command"), "{rendered}");
        assert!(!rendered.contains("hunter2"), "{rendered}");
    }
}

#[test]
fn two_sources_in_one_layer_are_an_error_that_names_both() {
    for (first, second) in [
        ("file: pw", "command: [a]"),
        ("env: PW", "credential: a"),
        ("file: pw", "value: hunter2"),
        ("credential: a", "command: [a]"),
    ] {
        let rendered = refused(&format!(
            "database:\n  secrets:\n    app:\n      {first}\n      {second}\n"
        ));
        for source in [first, second] {
            let name = source.split_once(':').unwrap().0;
            assert!(
                rendered.contains(&format!("database.secrets.app.{name}")),
                "{rendered}"
            );
        }
        assert!(!rendered.contains("hunter2"), "{rendered}");
    }
}

#[test]
fn a_stronger_source_replaces_the_weaker_ones_whatever_they_are() {
    let place = Place::new(&[(
        "howdah.yaml",
        "database: { secrets: { app: { command: [a] } } }",
    )]);
    let environment = env(&[("PSQL_DB_PASSWORD", "x")]);
    let secrets = place
        .loader()
        .env(environment)
        .load()
        .unwrap()
        .database
        .secrets;
    assert_eq!(secrets.app.env.as_deref(), Some("PSQL_DB_PASSWORD"));
    assert_eq!(secrets.app.command, None);
}

/// A relative file stands beside the settings file; who may read it depends on where this runs.
#[cfg(unix)]
#[test]
fn a_secret_is_resolved_by_the_rules_of_its_settings() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new(&[(
        "howdah.yaml",
        "database: { secrets: { app: { file: pw } } }",
    )]);
    let file = place.write("pw", b"correct-horse-battery-staple\n");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let resolve = |environment: &str| {
        let variable = env(&[("APP_ENVIRONMENT", environment)]);
        let settings = place.loader().env(variable).load().unwrap();
        settings.resolve_secret(&settings.database.secrets.app)
    };
    let resolved = resolve("development").unwrap();
    assert_eq!(resolved.secret.expose(), "correct-horse-battery-staple");
    assert_eq!(resolved.warnings.len(), 1);
    let error = resolve("production").unwrap_err().to_string();
    assert!(error.contains("0644"), "{error}");
}

/// 55
#[test]
fn a_written_value_arrives_byte_for_byte_and_is_never_shown() {
    for password in [
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
    ] {
        let environment = env(&[("HOWDAH__DATABASE__SECRETS__APP__VALUE", password)]);
        let settings = Loader::new().env(environment).load().unwrap();
        let secret = &settings.database.secrets.app;
        let resolved = secret
            .resolve(settings.environment(), Rules::Development)
            .unwrap();
        assert_eq!(resolved.secret.expose(), password);
    }
}

/// 100
#[test]
fn production_refuses_written_and_placeholder_passwords() {
    let production = ("APP_ENVIRONMENT", "production");
    for (name, value, part) in [
        (
            "HOWDAH__DATABASE__SECRETS__APP__VALUE",
            "hunter2hunter2hunter2hunter2",
            "written down",
        ),
        (
            "PSQL_DB_PASSWORD",
            "changeme",
            "PSQL_DB_PASSWORD holds a placeholder",
        ),
        (
            "PSQL_DB_PASSWORD",
            "DevPass",
            "PSQL_DB_PASSWORD holds a placeholder",
        ),
    ] {
        let loader = Loader::new().env(env(&[production, (name, value)]));
        let rendered = loader.load().unwrap_err().to_string();
        assert!(
            rendered.contains(part) && !rendered.contains(value),
            "{rendered}"
        );
    }
}

/// X11: the URL's password beside a secret that is there.
#[test]
fn a_password_in_the_url_that_differs_from_the_secret_is_an_error_when_it_is_resolved() {
    let place = Place::new(&[(
        "config.yaml",
        "database: { url: 'postgres://u:first@h/d', secrets: { app: { env: PW } } }",
    )]);
    let resolve = |value: Option<&str>| {
        let pairs: Vec<_> = value.map(|value| ("PW", value)).into_iter().collect();
        let settings = place.loader().env(env(&pairs)).load().unwrap();
        let secret = &settings.database.secrets.app;
        secret.resolve(settings.environment(), Rules::Development)
    };
    assert_eq!(resolve(None).unwrap().secret.expose(), "first");
    assert_eq!(resolve(Some("first")).unwrap().secret.expose(), "first");
    let error = resolve(Some("second")).unwrap_err().to_string();
    assert!(
        error.contains("PW") && error.contains("config.yaml:1:18"),
        "{error}"
    );
    assert!(
        !error.contains("first") && !error.contains("second"),
        "{error}"
    );
}
