use crate::support::Place;

const STRONG: &str = "mVx3kQ9sT1bR7yZp0LwNc5Hd\n";

#[test]
fn strong_new_and_private_files_are_ok() {
    let place = Place::empty();
    place.text(&["secrets", "generate", "--certificates"]);
    assert_eq!(place.text(&["secrets", "check"]), "ok: 7 file(s)\n");
    let printed = place.json(&["secrets", "check"]);
    assert_eq!(printed["ok"], true);
    assert_eq!(printed["checked"].as_array().unwrap().len(), 7);
}

#[test]
fn nothing_to_check_is_said_with_the_places_that_were_looked_at() {
    let place = Place::empty();
    assert_eq!(
        place.text(&["secrets", "check"]),
        "nothing to check: the settings name no file that is there, and there is no directory .howdah/secrets\n"
    );
    let printed = place.json(&["secrets", "check"]);
    assert_eq!(printed["checked"].as_array().unwrap().len(), 0);
    let place = Place::new(&[("elsewhere/.gitignore", "*\n")]);
    let text = place.text(&["secrets", "check", "--dir", "elsewhere"]);
    assert!(text.ends_with("and no file is in elsewhere\n"), "{text}");
}

#[test]
fn a_warning_is_exit_code_3() {
    let place = Place::new(&[(".howdah/secrets/weak", "changeme\n")]);
    let done = place.run(&["secrets", "check"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.stdout
            .contains(".howdah/secrets/weak: the secret is a placeholder"),
        "{done:?}"
    );
    let json = place.run(&["secrets", "check", "--json"]).json();
    assert_eq!(json["findings"][0]["severity"], "warning");
    assert_eq!(json["findings"][0]["path"], ".howdah/secrets/weak");
    assert_eq!(json["ok"], false);
}

#[test]
fn an_old_secret_and_an_expiring_certificate_are_warnings() {
    let place = Place::new(&[(".howdah/secrets/pw", STRONG)]);
    place.text(&["secrets", "generate", "x", "--certificates"]);
    let done = place.run(&["secrets", "check", ".howdah/secrets/pw", "--max-age", "0s"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.stdout.contains("rotate it"), "{done:?}");
    place.text(&["secrets", "check", "--max-age", "90d", "--min-length", "24"]);
    let done = place.run(&["secrets", "check", "--warn-before", "400d"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.stdout
            .contains("server.crt: the certificate expires in"),
        "{done:?}"
    );
}

#[test]
fn an_error_is_exit_code_1_and_wins_over_warnings() {
    let place = Place::new(&[("weak", "changeme\n"), ("open", STRONG)]);
    place.set_mode("open", 0o666);
    let done = place.run(&["secrets", "check", "weak", "open", "missing"]);
    assert_eq!(done.code, 1, "{done:?}");
    for part in ["error: open: ", "error: missing: ", "warning: weak: "] {
        assert!(done.stdout.contains(part), "{part}: {done:?}");
    }
}

#[test]
fn in_production_a_weak_secret_is_an_error() {
    let yaml = "database: { environment: production, tls: { mode: require }, secrets: { app: { file: weak } } }";
    let place = Place::new(&[
        ("howdah.yaml", yaml),
        ("weak", "abcabcabcabcabcabcabcabcabc\n"),
    ]);
    let done = place.run(&["secrets", "check"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stdout.starts_with("error: weak: "), "{done:?}");
}

#[test]
fn configured_files_are_checked_by_every_way_to_name_them() {
    let yaml = "database:\n  secrets:\n    app: { file: a }\n    migrator: { env: PW }\n    read_only: { credential: c }\n";
    let place = Place::new(&[
        ("howdah.yaml", yaml),
        ("a", "x\n"),
        ("b", "x\n"),
        ("d/c", "x\n"),
    ]);
    let dir = place.path().join("d");
    let place = place.env(&[
        ("PW_FILE", "b"),
        ("CREDENTIALS_DIRECTORY", dir.to_str().unwrap()),
    ]);
    let done = place.run(&["secrets", "check", "--json"]);
    assert_eq!(done.code, 3, "{done:?}");
    let text = done.stdout;
    for file in ["\"a\"", "\"b\"", "/d/c\""] {
        assert!(text.contains(file), "{file}: {text}");
    }
}

#[test]
fn a_configured_file_that_is_missing_is_a_note_outside_of_production() {
    let yaml = "database: { secrets: { app: { file: nowhere } } }";
    let place = Place::new(&[("howdah.yaml", yaml)]);
    let done = place.run(&["secrets", "check"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("there is no file nowhere"), "{done:?}");
    let yaml = "database: { environment: production, tls: { mode: require }, secrets: { app: { file: nowhere } } }";
    let place = Place::new(&[("howdah.yaml", yaml)]);
    let done = place.run(&["secrets", "check"]);
    assert_eq!(done.code, 1, "{done:?}");
}

#[test]
fn usage_errors_are_exit_code_2() {
    let place = Place::empty();
    place
        .run(&["secrets", "check", "--dir", "nowhere"])
        .refused(2, &["there is no directory nowhere"]);
    place
        .run(&["secrets", "check", "--max-age", "90"])
        .refused(2, &["as in 90d"]);
    let place = Place::new(&[("howdah.yaml", "database: { port: x }")]);
    place
        .run(&["secrets", "check"])
        .refused(2, &["database.port"]);
}

#[test]
fn the_client_s_certificate_of_the_settings_is_checked() {
    let place = Place::empty();
    place.text(&["secrets", "generate", "--certificates", "--dir", "tls"]);
    let yaml = "database: { tls: { cert: tls/server.crt, key: tls/server.key } }";
    place.write("howdah.yaml", yaml);
    let done = place.run(&["secrets", "check", "--warn-before", "400d"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.stdout.starts_with("warning: tls/server.crt: "),
        "{done:?}"
    );
}
