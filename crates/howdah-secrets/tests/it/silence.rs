//! No type and no error shows a secret.

use std::error::Error as _;
use std::fmt::{Debug, Display};
use std::time::{Duration, SystemTime};

use howdah_secrets::{
    CheckLimits, Error, Existing, Order, Origin, Refreshed, Rotating, Rules, Secret, SecretCommand,
    SecretDir, SecretRef, Severity, check_file, read_file, read_together,
};

use crate::support::{MARKER, chain, directory, env, file};

fn assert_silent(shown: &impl Debug) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!text.contains(MARKER), "{text}");
    }
}

fn assert_silent_in_words(shown: &(impl Debug + Display)) {
    assert_silent(shown);
    assert!(!shown.to_string().contains(MARKER), "{shown}");
}

fn command(script: &str) -> SecretRef {
    let argv = ["sh", "-c", script, MARKER];
    SecretRef::default().with_command(SecretCommand::new(argv, Duration::from_secs(30)))
}

fn inline() -> SecretRef {
    SecretRef::default().with_value(Secret::new(MARKER), "the password in the URL")
}

/// Each variant, and each way to it, with the marker wherever a caller can put a secret.
fn all_errors() -> Vec<Error> {
    let dir = directory();
    let path = |content: &str, mode| file(dir.path(), "pw", content, mode);
    let both = env(&[("PW", MARKER), ("PW_FILE", "/f")]);
    let one = env(&[("PW", MARKER)]);
    let of = |reference: SecretRef, rules| reference.resolve(&one, rules).unwrap_err();
    let variable = SecretRef::default().with_env("PW");
    let strange = format!("{MARKER}\u{1F600}");
    vec![
        of(SecretRef::default(), Rules::Production),
        of(
            SecretRef::default().with_file("/nowhere"),
            Rules::Production,
        ),
        of(
            SecretRef::default().with_env("OTHER").with_file("/nowhere"),
            Rules::Production,
        ),
        of(
            SecretRef::default().with_credential("pw"),
            Rules::Production,
        ),
        of(
            SecretRef::default().with_credential("../pw"),
            Rules::Production,
        ),
        of(inline(), Rules::Production),
        of(
            inline().with_command(SecretCommand::new([MARKER; 0], Duration::ZERO)),
            Rules::Development,
        ),
        of(command("echo $0; echo $0 >&2; exit 1"), Rules::Development),
        of(command("echo $0; echo $0"), Rules::Development),
        variable.resolve(&both, Rules::Production).unwrap_err(),
        variable
            .resolve(&env(&[("PW", &strange)]), Rules::Production)
            .unwrap_err(),
        inline()
            .with_env("PW")
            .resolve(&env(&[("PW", "hunter2-b")]), Rules::Development)
            .unwrap_err(),
        read_file(&path(MARKER, 0o666), Rules::Production).unwrap_err(),
        read_file(&path("hunter2\nhunter2", 0o600), Rules::Production).unwrap_err(),
        read_file(&path("your-hunter2", 0o600), Rules::Production).unwrap_err(),
        read_together(&["/a/b".into(), "/b/a".into()], Rules::Production).unwrap_err(),
        Error::Random,
    ]
}

#[test]
fn no_error_shows_a_secret() {
    let errors = all_errors();
    for error in &errors {
        assert_silent_in_words(error);
        assert!(!chain(error).contains(MARKER), "{error}");
        assert!(
            !error
                .to_string()
                .contains(&error.source().map_or("\0".to_owned(), ToString::to_string))
        );
    }
    let variants = [
        "NoSource",
        "File",
        "Unsafe",
        "Content",
        "Unset",
        "Ambiguous",
        "Unusable",
        "Random",
    ];
    for variant in variants {
        let is_there = errors
            .iter()
            .any(|error| format!("{error:?}").starts_with(variant));
        assert!(is_there, "{variant} is not tried");
    }
}

#[test]
fn no_type_shows_a_secret() {
    let env = env(&[("PW", MARKER)]);
    let dir = directory();
    let path = file(dir.path(), "pw", MARKER, 0o600);
    let reference = SecretRef::default()
        .with_file(&path)
        .with_value(Secret::new(MARKER), "the URL");
    assert_silent(&Secret::new(MARKER));
    assert_silent(&reference);
    assert_silent(&command("true"));
    assert_silent(&reference.value);
    assert_silent(&(
        Order::default(),
        Rules::Production,
        CheckLimits::new(Rules::Production),
    ));
    assert_silent(&reference.resolve(&env, Rules::Development).unwrap());
    assert_silent(&read_together(std::slice::from_ref(&path), Rules::Production).unwrap());
    for origin in [
        Origin::File(path.clone()),
        Origin::Env("PW".into()),
        Origin::Value("the URL".into()),
    ] {
        assert_silent_in_words(&origin);
    }
    let secrets = SecretDir::open(dir.path().join("secrets")).unwrap();
    secrets.write("a", &Secret::new(MARKER)).unwrap();
    assert_silent(&secrets);
    assert_silent(
        &secrets
            .generate(&["a"], Existing::Replace, SystemTime::UNIX_EPOCH)
            .unwrap(),
    );
    for finding in check_file(
        &path,
        &CheckLimits::new(Rules::Production),
        SystemTime::UNIX_EPOCH,
    ) {
        assert_silent_in_words(&finding);
        assert_silent_in_words(&finding.severity.min(Severity::Error));
    }
}

/// The environment that a rotating secret keeps holds other secrets too.
#[test]
fn a_rotating_secret_shows_neither_itself_nor_its_environment() {
    let env = env(&[("PW", MARKER), ("OTHER_PW", "hunter2-other")]);
    let dir = directory();
    let path = file(dir.path(), "pw", MARKER, 0o600);
    for reference in [
        SecretRef::default().with_env("PW"),
        SecretRef::default().with_file(&path),
    ] {
        let rotating = Rotating::new(reference, env.clone(), Rules::Production).unwrap();
        assert_silent(&rotating);
        assert_silent(&rotating.current());
    }
    let rotating = Rotating::new(
        SecretRef::default().with_file(&path),
        env,
        Rules::Production,
    )
    .unwrap();
    file(dir.path(), "pw", "hunter2-new", 0o600);
    let refreshed = rotating.refresh().unwrap();
    assert!(matches!(refreshed, Refreshed::Changed(_)));
    assert_silent(&refreshed);
    file(dir.path(), "pw", "hunter2\n\n", 0o600);
    assert_silent(&rotating.refresh().unwrap_err());
    assert!(!rotating.last_error().unwrap().contains(MARKER));
}
