//! The bad inputs of the acceptance list that are more than a bad file, each by its number.

use std::fs;
use std::path::Path;

use howdah_secrets::{Error, Origin, Rotating, Rules, SecretRef, read_file};
use rustix::fs::{Gid, Uid};

use crate::support::{MARKER, chain, directory, env, file, is_unlike_a_secret, set_mode};

/// 54
#[test]
fn _54_a_variable_and_its_file_variable_both_set_are_an_error_that_names_both() {
    let reference = SecretRef::default().with_env("PW");
    let both = env(&[("PW", MARKER), ("PW_FILE", "/run/secrets/pw")]);
    let text = chain(&reference.resolve(&both, Rules::Development).unwrap_err());
    assert!(
        text.contains("variable PW and") && text.contains("variable PW_FILE"),
        "{text}"
    );
    assert!(is_unlike_a_secret(&text), "{text}");
}

/// 55
#[test]
fn _55_passwords_arrive_byte_for_byte_from_a_file_and_from_a_variable() {
    let passwords = [
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
        "pässwörd",
        "a\u{a0}b",
        "\\n",
        "~",
        "- x",
        "'",
    ];
    let dir = directory();
    for password in passwords {
        let reference = SecretRef::default().with_env("PW");
        let resolved = reference
            .resolve(&env(&[("PW", password)]), Rules::Production)
            .unwrap();
        assert_eq!(resolved.secret.expose(), password);
        assert_eq!(resolved.origin, Origin::Env("PW".to_owned()));
        for ending in ["", "\n", "\r\n"] {
            let path = file(dir.path(), "pw", format!("{password}{ending}"), 0o600);
            let (secret, _) = read_file(&path, Rules::Production).unwrap();
            assert_eq!(secret.expose(), password);
        }
    }
}

/// 100
#[test]
fn _100_a_placeholder_is_fine_in_development() {
    let reference = SecretRef::default().with_env("PW");
    assert!(
        reference
            .resolve(&env(&[("PW", "devpass")]), Rules::Development)
            .is_ok()
    );
    let error = reference
        .resolve(&env(&[("PW", "devpass")]), Rules::Production)
        .unwrap_err();
    assert!(error.to_string().contains("is a placeholder"), "{error}");
}

/// 101
#[test]
fn _101_missing_file_and_variable_are_both_named() {
    let reference = SecretRef::default().with_file("/nowhere/pw").with_env("PW");
    let error = reference.resolve(&env(&[]), Rules::Production).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("/nowhere/pw") && text.contains("variable PW "),
        "{text}"
    );
    assert!(matches!(error, Error::Unset { .. }));
}

/// 105
#[test]
fn _105_a_world_readable_file_is_a_warning_in_development() {
    let dir = directory();
    let path = file(dir.path(), "pw", MARKER, 0o644);
    let (_, warnings) = read_file(&path, Rules::Development).unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].contains("0644") && warnings[0].contains("chmod 600"),
        "{warnings:?}"
    );
}

/// 106. Only root can give a file away; how owners are judged is a unit test too.
#[test]
fn _106_a_file_of_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let dir = directory();
    let path = file(dir.path(), "pw", MARKER, 0o600);
    rustix::fs::chown(&path, Some(Uid::from_raw(4242)), Some(Gid::from_raw(4242))).unwrap();
    let text = chain(&read_file(&path, Rules::Development).unwrap_err());
    assert!(
        text.contains("belongs to user 4242") && text.contains("0600"),
        "{text}"
    );
}

/// 115
#[test]
fn _115_a_secret_of_exactly_64_kib_is_read() {
    let dir = directory();
    let path = file(dir.path(), "pw", "h".repeat(64 * 1024), 0o600);
    assert!(read_file(&path, Rules::Production).is_ok());
}

/// 115
#[cfg(target_os = "linux")]
#[test]
fn _115_a_file_that_does_not_tell_its_size_is_read_to_its_end() {
    // Files of /proc have content and a size of zero, like one that grows while it is read.
    let path = Path::new("/proc/version");
    assert_eq!(path.metadata().unwrap().len(), 0);
    let (secret, _) = read_file(path, Rules::Development).unwrap();
    assert_eq!(
        format!("{}\n", secret.expose()),
        fs::read_to_string(path).unwrap()
    );
}

/// 118
#[test]
fn _118_a_space_at_an_end_is_kept_and_warned_about() {
    let dir = directory();
    let path = file(dir.path(), "pw", "hunter2 \n", 0o600);
    let (secret, warnings) = read_file(&path, Rules::Production).unwrap();
    assert_eq!(secret.expose(), "hunter2 ");
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].contains("space") && is_unlike_a_secret(&warnings[0]),
        "{warnings:?}"
    );
}

/// 119
#[test]
fn _119_what_looks_like_a_file_format_is_taken_with_a_hint() {
    let rows = [
        ("POSTGRES_PW=hunter2", Some("`KEY=value`")),
        ("{\"password\": \"hunter2\"}", Some("JSON")),
        ("-----BEGIN PRIVATE KEY-----", Some("PEM")),
        ("hunter2=", None),
        ("{hunter2}", None),
        ("=hunter2", None),
    ];
    for (content, hint) in rows {
        let dir = directory();
        let path = file(dir.path(), "pw", content, 0o600);
        let (secret, warnings) = read_file(&path, Rules::Production).unwrap();
        assert_eq!(secret.expose(), content);
        assert_eq!(warnings.len(), usize::from(hint.is_some()), "{warnings:?}");
        let text = warnings.concat();
        assert!(
            text.contains(hint.unwrap_or_default()) && is_unlike_a_secret(&text),
            "{text}"
        );
    }
}

/// 120
#[test]
fn _120_an_unreadable_file_says_who_may_not_read_it() {
    let dir = directory();
    let path = file(dir.path(), "pw", MARKER, 0o000);
    set_mode(dir.path(), 0o755);
    // Root may read everything, so a thread of this test stops being root; the others are not touched.
    let reader = std::thread::spawn(move || {
        if rustix::process::geteuid().is_root() {
            rustix::thread::set_thread_uid(Uid::from_raw(4242)).unwrap();
        }
        chain(&read_file(&path, Rules::Development).unwrap_err())
    });
    let text = reader.join().unwrap();
    assert!(text.contains("permission denied for this user"), "{text}");
}

/// 121
#[test]
fn _121_a_credential_without_its_directory_names_the_variable() {
    let reference = SecretRef::default().with_credential("pw");
    for env in [env(&[]), env(&[("CREDENTIALS_DIRECTORY", "")])] {
        let error = reference.resolve(&env, Rules::Production).unwrap_err();
        assert!(
            error.to_string().contains("CREDENTIALS_DIRECTORY"),
            "{error}"
        );
    }
}

/// 122
#[test]
fn _122_a_credential_that_is_no_file_name_is_refused() {
    let dir = directory();
    let env = env(&[(
        "CREDENTIALS_DIRECTORY",
        dir.path().join("inner").to_str().unwrap(),
    )]);
    fs::create_dir(dir.path().join("inner")).unwrap();
    file(dir.path(), "pw", MARKER, 0o600);
    for name in ["../pw", "/etc/passwd", "a/b", "..", ".", "", "a..b", "a\0b"] {
        let reference = SecretRef::default().with_credential(name);
        let error = reference.resolve(&env, Rules::Production).unwrap_err();
        assert!(
            error.to_string().contains("one file name"),
            "{name:?}: {error}"
        );
    }
}

// 123, the swap of a Kubernetes volume between two reads, is in together.rs.

/// 124
#[test]
fn _124_a_deleted_file_leaves_the_current_secret_and_is_reported() {
    let dir = directory();
    let path = file(dir.path(), "pw", MARKER, 0o600);
    let reference = SecretRef::default().with_file(&path);
    let rotating = Rotating::new(reference, env(&[]), Rules::Production).unwrap();
    fs::remove_file(&path).unwrap();
    let text = chain(&rotating.refresh().unwrap_err());
    assert!(text.contains("not found"), "{text}");
    assert_eq!(rotating.last_error(), Some(text));
    assert_eq!(rotating.current().secret.expose(), MARKER);
    assert_eq!(rotating.current().number, 1);
}

/// 125
#[test]
fn _125_a_variable_that_saslprep_forbids_is_refused_without_being_shown() {
    let reference = SecretRef::default().with_env("PW");
    for password in [
        "hunter2\u{1F600}",
        "hunter2\t",
        "hunter2\u{e000}",
        "hunter2\u{85}",
    ] {
        let error = reference
            .resolve(&env(&[("PW", password)]), Rules::Development)
            .unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(
            text.contains("not allowed by SASLprep (RFC 4013)"),
            "{text}"
        );
        let shown = password
            .chars()
            .any(|c| !c.is_ascii_graphic() && text.contains(c));
        assert!(is_unlike_a_secret(&text) && !shown, "{text}");
    }
}
