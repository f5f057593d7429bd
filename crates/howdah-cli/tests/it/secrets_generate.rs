use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::Place;

const DIR: &str = ".howdah/secrets";

fn strings(value: &serde_json::Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_str().unwrap())
        .collect()
}

#[test]
fn the_files_of_db_up_are_made_once() {
    let place = Place::empty();
    let text = place.text(&["secrets", "generate"]);
    let names = [
        "postgres_app_ro_pw",
        "postgres_app_user_pw",
        "postgres_migrator_pw",
    ];
    for name in names {
        assert!(
            text.contains(&format!("made      {DIR}/{name}\n")),
            "{text}"
        );
        let mode = fs::metadata(place.path().join(DIR).join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = place.read(&format!("{DIR}/postgres_app_user_pw"));
    assert!(!text.contains(before.trim_end()));
    let again = place.json(&["secrets", "generate"]);
    assert_eq!(strings(&again["kept"]).len(), 3);
    assert_eq!(
        (
            strings(&again["made"]).len(),
            strings(&again["backups"]).len()
        ),
        (0, 0)
    );
    assert_eq!(place.read(&format!("{DIR}/postgres_app_user_pw")), before);
}

#[test]
fn a_forced_one_replaces_the_old_file_after_a_backup() {
    let place = Place::new(&[(".howdah/secrets/postgres_app_user_pw", "the-old-one\n")]);
    let done = place.run(&[
        "secrets", "generate", "app", "redis_pw", "--force", "--json",
    ]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("old passwords"), "{done:?}");
    let printed = done.json();
    assert_eq!(
        strings(&printed["replaced"]),
        [format!("{DIR}/postgres_app_user_pw")]
    );
    assert_eq!(strings(&printed["made"]), [format!("{DIR}/redis_pw")]);
    let backup = strings(&printed["backups"])[0].to_owned();
    let old = fs::read_to_string(format!("{backup}/postgres_app_user_pw")).unwrap();
    assert_eq!(old, "the-old-one\n");
    assert_ne!(place.read(&format!("{DIR}/postgres_app_user_pw")), old);
    assert!(!format!("{done:?}").contains("the-old-one"));
}

#[test]
fn the_directory_is_beside_the_named_settings_file_or_the_given_one() {
    let place = Place::new(&[("service/howdah.yaml", "database: {}")]);
    place.text(&[
        "secrets",
        "generate",
        "x",
        "--config",
        "service/howdah.yaml",
    ]);
    assert!(place.path().join("service/.howdah/secrets/x").exists());
    place.text(&["secrets", "generate", "x", "--dir", "elsewhere"]);
    assert!(place.path().join("elsewhere/x").exists());
}

#[test]
fn a_name_that_is_no_file_name_is_a_usage_error_and_nothing_is_made() {
    for name in ["../x", "a/b", ".x", "a\nb"] {
        let place = Place::empty();
        place
            .run(&["secrets", "generate", "app", name])
            .refused(2, &["is no plain file name"]);
        assert!(!place.path().join(".howdah").exists());
    }
    Place::empty()
        .run(&["secrets", "generate", ""])
        .refused(2, &[]);
}

#[test]
fn certificates_are_made_beside_the_passwords() {
    let place = Place::empty();
    let args = [
        "secrets",
        "generate",
        "--certificates",
        "--host",
        "db.example",
        "--host",
        "10.0.0.5",
    ];
    let text = place.text(&args);
    for name in [
        "ca.crt",
        "ca.key",
        "server.crt",
        "server.key",
        "postgres_app_user_pw",
    ] {
        assert!(
            text.contains(&format!("made      {DIR}/{name}\n")),
            "{text}"
        );
    }
    let again = place.json(&args);
    assert_eq!(strings(&again["kept"]).len(), 7);
    place
        .run(&["secrets", "generate", "--host", "x"])
        .refused(2, &["--certificates"]);
    place
        .run(&[
            "secrets",
            "generate",
            "--certificates",
            "--force",
            "--host",
            "not a name",
        ])
        .refused(2, &[]);
}

#[test]
fn a_directory_that_was_there_stays_as_it_is_and_one_note_says_that_git_sees_it() {
    let place = Place::new(&[("existing/README", "")]);
    place.set_mode("existing", 0o755);
    let args = [
        "secrets",
        "generate",
        "x",
        "--dir",
        "existing",
        "--certificates",
    ];
    let done = place.run(&args);
    assert_eq!(done.code, 0, "{done:?}");
    let notes = done.stderr.matches("tell version control").count();
    assert_eq!(notes, 1, "{done:?}");
    assert!(!place.path().join("existing/.gitignore").exists());
    let existing = fs::metadata(place.path().join("existing")).unwrap();
    assert_eq!(existing.permissions().mode() & 0o7777, 0o755);
    place.write("existing/.gitignore", "*\n");
    assert!(!place.run(&args).stderr.contains("version control"));
    let made = place.run(&["secrets", "generate"]);
    assert!(!made.stderr.contains("version control"), "{made:?}");
}

#[test]
fn a_directory_that_others_may_write_is_refused() {
    let place = Place::new(&[("open/README", "")]);
    place.set_mode("open", 0o1777);
    place
        .run(&["secrets", "generate", "x", "--dir", "open"])
        .refused(2, &["the directory open has mode 1777", "chmod go-w"]);
    assert!(!place.path().join("open/x").exists());
}

#[test]
fn what_cannot_be_kept_is_an_error_with_a_sentence_and_not_kept() {
    let place = Place::new(&[("d/folder/x", "")]);
    std::os::unix::fs::symlink("nothing", place.path().join("d/link")).unwrap();
    for (name, words) in [("folder", "move it away"), ("link", "repair the link")] {
        let args = ["secrets", "generate", "new", name, "--dir", "d"];
        place.run(&args).refused(1, &[words]);
        place
            .run(&[&args[..], &["--force"]].concat())
            .refused(1, &[words]);
    }
    assert!(!place.path().join("d/new").exists());
}

#[test]
fn a_host_that_is_none_is_refused_before_anything_is_written() {
    for host in ["bad host", "a/b", "a\tb"] {
        let place = Place::empty();
        let args = ["secrets", "generate", "--certificates", "--host", host];
        place.run(&args).refused(2, &["fits into no certificate"]);
        assert!(!place.path().join(".howdah").exists());
    }
}

#[test]
fn a_kept_certificate_without_the_wanted_name_is_noted() {
    let place = Place::empty();
    let with = |hosts: &[&'static str]| {
        let args = ["secrets", "generate", "--certificates"];
        let hosts = hosts.iter().flat_map(|host| ["--host", *host]);
        args.into_iter().chain(hosts).collect::<Vec<_>>()
    };
    let note = "does not hold the name";
    let made = place.run(&with(&["db.example"]));
    assert!(made.code == 0 && !made.stderr.contains(note), "{made:?}");
    let kept = place.run(&with(&["db.example", "other"]));
    assert_eq!(kept.code, 0, "{kept:?}");
    assert!(
        kept.stderr.contains(&format!("{note} other; --force")),
        "{kept:?}"
    );
    assert_eq!(kept.stderr.matches(note).count(), 1, "{kept:?}");
    let forced = place.run(&[with(&["other"]), vec!["--force"]].concat());
    assert!(
        forced.code == 0 && !forced.stderr.contains(note),
        "{forced:?}"
    );
}
