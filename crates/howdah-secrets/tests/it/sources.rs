use std::time::Duration;

use howdah_secrets::{Error, Order, Origin, Rules, Secret, SecretCommand, SecretRef};

use crate::support::{MARKER, directory, env, file};

const URL: &str = "the password in the URL (.env:2)";

fn resolve(reference: &SecretRef, pairs: &[(&str, &str)]) -> (String, Origin) {
    let resolved = reference.resolve(&env(pairs), Rules::Development).unwrap();
    (resolved.secret.expose().to_owned(), resolved.origin)
}

fn refused(reference: &SecretRef, pairs: &[(&str, &str)], rules: Rules) -> String {
    let error = reference.resolve(&env(pairs), rules).unwrap_err();
    let text = error.to_string();
    assert!(!format!("{text}{error:?}").contains(MARKER), "{text}");
    text
}

fn command() -> SecretCommand {
    SecretCommand::new(["printf", "hunter2"], Duration::from_secs(10))
}

#[test]
fn file_and_variable_are_asked_in_the_order_that_is_wanted() {
    let dir = directory();
    let there = file(dir.path(), "pw", "from-file\n", 0o600);
    let missing = dir.path().join("missing");
    let set: &[(&str, &str)] = &[("PW", "from-env")];
    let rows = [
        (&there, Order::FileThenEnv, set, "from-file"),
        (&there, Order::EnvThenFile, set, "from-env"),
        (&there, Order::FileThenEnv, &[], "from-file"),
        (&there, Order::EnvThenFile, &[], "from-file"),
        (&missing, Order::FileThenEnv, set, "from-env"),
        (&missing, Order::EnvThenFile, set, "from-env"),
    ];
    for (path, order, pairs, expected) in rows {
        let reference = SecretRef::default()
            .with_file(path)
            .with_env("PW")
            .with_order(order);
        let origin = if expected == "from-file" {
            Origin::File(path.clone())
        } else {
            Origin::Env("PW".to_owned())
        };
        assert_eq!(resolve(&reference, pairs), (expected.to_owned(), origin));
        assert!(reference.is_present(&env(pairs)));
    }
    for order in [Order::FileThenEnv, Order::EnvThenFile] {
        let reference = SecretRef::default()
            .with_file(&missing)
            .with_env("PW")
            .with_order(order);
        assert!(!reference.is_present(&env(&[])));
        let text = refused(&reference, &[], Rules::Development);
        assert!(text.contains("missing") && text.contains("PW"), "{text}");
    }
}

#[test]
fn a_reference_without_a_source_says_which_there_are() {
    let text = refused(&SecretRef::default(), &[], Rules::Development);
    assert!(
        text.contains("`file`") && text.contains("`command`"),
        "{text}"
    );
    assert!(!SecretRef::default().is_present(&env(&[])));
}

#[test]
fn the_file_variable_names_the_file() {
    let dir = directory();
    let path = file(dir.path(), "pw", "from-file\n", 0o600);
    let path = path.to_str().unwrap();
    let reference = SecretRef::default().with_env("PW");
    let expected = ("from-file".to_owned(), Origin::File(path.into()));
    assert_eq!(resolve(&reference, &[("PW_FILE", path)]), expected);
    assert_eq!(
        resolve(&reference, &[("PW_FILE", path), ("PW", "")]),
        expected
    );
    assert!(reference.is_present(&env(&[("PW_FILE", path)])));
    let text = refused(
        &reference,
        &[("PW_FILE", "/nowhere/pw")],
        Rules::Development,
    );
    assert!(text.contains("/nowhere/pw"), "{text}");
}

#[test]
fn an_empty_file_variable_counts_as_unset() {
    let reference = SecretRef::default().with_env("PW");
    let (secret, origin) = resolve(&reference, &[("PW_FILE", ""), ("PW", MARKER)]);
    assert_eq!(
        (secret.as_str(), origin),
        (MARKER, Origin::Env("PW".to_owned()))
    );
    assert!(!reference.is_present(&env(&[("PW_FILE", "")])));
    let text = refused(&reference, &[("PW_FILE", "")], Rules::Development);
    assert!(text.contains("PW is not set"), "{text}");
}

#[test]
fn the_path_of_a_file_in_a_variable_is_no_password_in_production_and_warned_about_elsewhere() {
    let dir = directory();
    let path = file(dir.path(), "hunter2-file", "x", 0o600);
    let reference = SecretRef::default().with_env("PW");
    for value in [path.to_str().unwrap(), "/run/secrets/hunter2"] {
        let pairs = env(&[("PW", value)]);
        let resolved = reference.resolve(&pairs, Rules::Development).unwrap();
        assert_eq!(resolved.secret.expose(), value);
        let expected = "the environment variable PW holds the path of a file, not a secret; name the file as the \
                        secret's `file`, or set PW_FILE";
        assert_eq!(resolved.warnings, [expected]);
        let text = refused(&reference, &[("PW", value)], Rules::Production);
        assert_eq!(text, expected);
    }
}

#[test]
fn a_password_that_only_looks_like_a_path_is_a_password() {
    let reference = SecretRef::default().with_env("PW");
    for value in ["/hunter2/of/nowhere", "Cargo.toml", "/run/secretshunter2"] {
        let resolved = reference
            .resolve(&env(&[("PW", value)]), Rules::Production)
            .unwrap();
        assert_eq!(resolved.secret.expose(), value);
    }
}

#[test]
fn a_variable_in_production_is_warned_about() {
    let reference = SecretRef::default().with_env("PW");
    let warnings = |rules| {
        reference
            .resolve(&env(&[("PW", MARKER)]), rules)
            .unwrap()
            .warnings
    };
    let in_production = warnings(Rules::Production);
    assert!(
        in_production.len() == 1 && in_production[0].contains("safer"),
        "{in_production:?}"
    );
    assert!(warnings(Rules::Development).is_empty());
}

#[test]
fn an_empty_variable_is_an_error_and_not_an_empty_password() {
    let text = refused(
        &SecretRef::default().with_env("PW"),
        &[("PW", "")],
        Rules::Development,
    );
    assert!(text.contains("variable PW is empty"), "{text}");
}

#[test]
fn a_credential_is_a_file_in_the_directory_that_systemd_names() {
    let dir = directory();
    let path = file(dir.path(), "pw", "hunter2\n", 0o444);
    let reference = SecretRef::default().with_credential("pw");
    let pairs = env(&[("CREDENTIALS_DIRECTORY", dir.path().to_str().unwrap())]);
    assert!(reference.is_present(&pairs) && !reference.is_present(&env(&[])));
    // The directory is the engine's, so its modes are right.
    let resolved = reference.resolve(&pairs, Rules::Production).unwrap();
    assert_eq!(resolved.secret.expose(), MARKER);
    assert_eq!(resolved.origin, Origin::Credential("pw".to_owned()));
    assert_eq!(resolved.warnings, Vec::<String>::new());
    let by_file = SecretRef::default().with_file(path);
    assert!(by_file.resolve(&pairs, Rules::Production).is_ok());
    assert!(by_file.resolve(&env(&[]), Rules::Production).is_err());
}

#[test]
fn a_credential_that_can_be_no_one_s_is_present_so_that_its_error_is_seen_in_development() {
    let dir = directory();
    let absolute = dir.path().to_str().unwrap();
    let rows = [
        ("../pw", None, "one file name"),
        ("a/b", Some(absolute), "one file name"),
        ("", None, "one file name"),
        (
            "pw",
            Some("relative/dir"),
            "CREDENTIALS_DIRECTORY is no absolute path",
        ),
    ];
    for (name, directory, words) in rows {
        let reference = SecretRef::default().with_credential(name);
        let pairs: Vec<(&str, &str)> = directory
            .map(|directory| ("CREDENTIALS_DIRECTORY", directory))
            .into_iter()
            .collect();
        assert!(reference.is_present(&env(&pairs)), "{name:?}");
        let text = refused(&reference, &pairs, Rules::Development);
        assert!(text.contains(words), "{name:?}: {text}");
    }
    let missing = SecretRef::default().with_credential("missing");
    assert!(!missing.is_present(&env(&[("CREDENTIALS_DIRECTORY", absolute)])));
    assert!(!missing.is_present(&env(&[("CREDENTIALS_DIRECTORY", "")])));
}

#[test]
fn any_two_sources_but_file_and_variable_are_an_error_that_names_both() {
    let value = |reference: SecretRef| reference.with_value(Secret::new(MARKER), URL);
    let base = SecretRef::default;
    let rows = [
        (
            base().with_credential("cred").with_command(command()),
            ["credential cred", "command printf"],
        ),
        (
            base().with_credential("cred").with_file("/f"),
            ["credential cred", "file /f"],
        ),
        (
            base().with_credential("cred").with_env("PW"),
            ["credential cred", "variable PW"],
        ),
        (
            base().with_command(command()).with_file("/f"),
            ["command printf", "file /f"],
        ),
        (
            base().with_command(command()).with_env("PW"),
            ["command printf", "variable PW"],
        ),
        (
            value(base().with_command(command())),
            ["command printf", URL],
        ),
        (
            value(base().with_credential("cred")),
            ["credential cred", URL],
        ),
    ];
    for (reference, names) in rows {
        let error = reference
            .resolve(&env(&[]), Rules::Development)
            .unwrap_err();
        assert!(matches!(error, Error::Ambiguous { .. }), "{error}");
        let text = error.to_string();
        assert!(names.iter().all(|name| text.contains(name)), "{text}");
        assert!(!text.contains(MARKER), "{text}");
    }
}

#[test]
fn a_value_holds_while_neither_file_nor_variable_is_there() {
    let alone = SecretRef::default().with_value(Secret::new(MARKER), URL);
    let expected = (MARKER.to_owned(), Origin::Value(URL.to_owned()));
    assert_eq!(resolve(&alone, &[]), expected);
    assert!(alone.is_present(&env(&[])));
    let beside = alone.with_file("/nowhere/pw").with_env("PW");
    assert_eq!(resolve(&beside, &[]), expected);
}

#[test]
fn a_value_that_says_the_same_as_the_variable_is_fine_and_one_that_differs_is_not() {
    let reference = SecretRef::default()
        .with_value(Secret::new(MARKER), URL)
        .with_env("PW");
    let (_, origin) = resolve(&reference, &[("PW", MARKER)]);
    assert_eq!(origin, Origin::Env("PW".to_owned()));
    let text = refused(&reference, &[("PW", "hunter2-other")], Rules::Development);
    assert!(
        text.contains(URL) && text.contains("variable PW") && text.contains("different"),
        "{text}"
    );
}

#[test]
fn a_value_is_refused_in_production_even_beside_a_variable() {
    let reference = SecretRef::default()
        .with_value(Secret::new(MARKER), URL)
        .with_env("PW");
    for pairs in [&[][..], &[("PW", MARKER)][..]] {
        let text = refused(&reference, pairs, Rules::Production);
        assert!(
            text.contains(URL) && text.contains("not allowed in production"),
            "{text}"
        );
    }
}

#[test]
fn a_dangling_link_is_present_so_that_nothing_is_generated_in_its_place() {
    let dir = directory();
    let link = dir.path().join("pw");
    std::os::unix::fs::symlink("nothing", &link).unwrap();
    assert!(SecretRef::default().with_file(link).is_present(&env(&[])));
}
