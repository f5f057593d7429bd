use crate::support::Place;

fn production(app: &str) -> Place {
    let content = format!(
        "database:\n  environment: production\n  tls: {{ mode: require }}\n  secrets:\n    app: {app}\n"
    );
    Place::new(&[("howdah.yaml", &content)])
}

#[test]
fn every_problem_is_listed_with_its_place_and_as_json() {
    let place = Place::new(&[(
        "howdah.yaml",
        "database:\n  pool:\n    size: ${POOL_SIZE}\n  schemaa: x\n",
    )])
    .env(&[("POOL_SIZE", "abc")]);
    let done = place.run(&["config", "check", "--json"]);
    done.refused(
        2,
        &[
            "2 problems in the settings",
            "howdah.yaml:3:11: database.pool.size: \"abc\" is not an integer",
            "value came from ${POOL_SIZE} (environment)",
            "howdah.yaml:4:3: database.schemaa",
        ],
    );
    let printed = done.json();
    assert_eq!(printed["ok"], false);
    let size = printed["problems"]
        .as_array()
        .unwrap()
        .iter()
        .find(|problem| problem["path"] == "database.pool.size")
        .unwrap();
    assert_eq!(size["value"], "abc");
    assert_eq!(size["message"], "is not an integer");
    assert!(size["expected"].as_str().unwrap().starts_with("1..=100"));
    assert_eq!(size["variables"][0], "${POOL_SIZE} (environment)");
    assert_eq!(size["origin"], "howdah.yaml:3:11");
    assert!(size["name"].is_null());
    assert_eq!(place.run(&["config", "check"]).stdout, "");
}

#[test]
fn settings_without_a_problem_are_ok() {
    let place = Place::new(&[("howdah.yaml", "database: { port: 5433 }")]);
    let printed = place.json(&["config", "check"]);
    assert_eq!(printed["ok"], true);
    assert_eq!(printed["file"], "howdah.yaml");
    assert_eq!(place.text(&["config", "check"]), "ok: howdah.yaml\n");
    assert!(
        Place::empty()
            .text(&["config", "check"])
            .contains("defaults")
    );
}

#[test]
fn a_secret_that_is_not_there_is_a_note_in_development() {
    let place = Place::new(&[(
        "howdah.yaml",
        "database: { secrets: { app: { file: nowhere, env: NOT_SET } } }",
    )]);
    let done = place.run(&["config", "check", "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains("note: database.secrets.app"),
        "{done:?}"
    );
    assert!(done.stderr.contains("howdah.yaml:1:"), "{done:?}");
}

#[test]
fn a_secret_that_is_not_there_is_a_problem_in_production() {
    for (app, words) in [
        ("{ file: nowhere }", "nowhere"),
        ("{ env: NOT_SET }", "NOT_SET is not set"),
        ("{ credential: pw }", "CREDENTIALS_DIRECTORY is not set"),
        (
            "{ command: [\"/nowhere/prints-it\"] }",
            "/nowhere/prints-it",
        ),
    ] {
        let done = production(app).run(&["config", "check", "--json"]);
        done.refused(2, &["howdah.yaml:5:", "database.secrets.app", words]);
        let printed = done.json();
        assert_eq!(printed["ok"], false);
        let problem = &printed["problems"][0];
        assert_eq!(problem["path"], "database.secrets.app", "{app}");
        assert!(
            problem["message"].as_str().unwrap().contains(words),
            "{app}: {problem}"
        );
        assert!(
            problem["origin"]
                .as_str()
                .unwrap()
                .starts_with("howdah.yaml:5:")
        );
    }
}

#[test]
fn a_secret_file_that_cannot_be_used_is_a_problem_everywhere() {
    let yaml = "database: { secrets: { app: { file: pw } } }";
    let place = Place::new(&[("howdah.yaml", yaml), ("pw", "two\nlines\n")]);
    place
        .run(&["config", "check"])
        .refused(2, &["1 problem in the secrets", "pw"]);
    let place = Place::new(&[("howdah.yaml", yaml), ("pw", "open-to-everybody\n")]);
    place.set_mode("pw", 0o666);
    place
        .run(&["config", "check"])
        .refused(2, &["database.secrets.app", "pw"]);
    let place = Place::new(&[
        (
            "howdah.yaml",
            "database: { secrets: { app: { file: pw, credential: pw } } }",
        ),
        ("pw", "text\n"),
    ]);
    place.run(&["config", "check"]).refused(2, &["two sources"]);
}

#[test]
fn a_credential_of_a_wrong_name_or_directory_is_a_problem_in_development_too() {
    for (name, directory, words) in [
        ("../pw", "/nowhere", "one file name"),
        ("pw", "relative", "no absolute path"),
    ] {
        let yaml = format!("database: {{ secrets: {{ app: {{ credential: '{name}' }} }} }}");
        let place =
            Place::new(&[("howdah.yaml", &yaml)]).env(&[("CREDENTIALS_DIRECTORY", directory)]);
        place
            .run(&["config", "check"])
            .refused(2, &["database.secrets.app", words]);
    }
}

#[test]
fn the_rules_for_secrets_are_those_of_the_environment() {
    let place = production("{ file: pw }");
    place.write("pw", "changeme\n");
    place
        .run(&["config", "check"])
        .refused(2, &["database.secrets.app", "placeholder"]);
    let yaml = "database: { secrets: { app: { file: pw } } }";
    let place = Place::new(&[("howdah.yaml", yaml), ("pw", "changeme\n")]);
    place.text(&["config", "check"]);
}

#[test]
fn all_secrets_are_reported_at_once() {
    let content = "database:\n  environment: production\n  tls: { mode: require }\n  secrets:\n    \
                   app: { file: a }\n    migrator: { file: b }\n    read_only: { file: c }\n";
    let place = Place::new(&[("howdah.yaml", content)]);
    place
        .run(&["config", "check"])
        .refused(2, &["3 problems in the secrets", ":5:", ":6:", ":7:"]);
}

#[test]
fn options_add_to_the_layers() {
    let place = Place::new(&[
        ("howdah.yaml", "database: { port: 5433 }"),
        ("other.env", "SVC__DATABASE__HOST=from-the-file\n"),
    ])
    .env(&[("SVC__DATABASE__NAME", "svc")]);
    place
        .run(&["config", "check", "--set", "database.pool.size=abc"])
        .refused(
            2,
            &["--set database.pool.size: database.pool.size: \"abc\""],
        );
    place
        .run(&["config", "check", "--set", "database.pol.size=1"])
        .refused(2, &["is not a known key"]);
    place
        .run(&["config", "check", "--set", "database.pool.size"])
        .refused(2, &["--set needs a path and a value"]);
    place
        .run(&["config", "check", "--env-file", "nowhere.env"])
        .refused(2, &["nowhere.env"]);
    place
        .run(&["config", "check", "--max-db-connections", "-1"])
        .refused(2, &["--max-db-connections"]);
    place.json(&[
        "config",
        "check",
        "--prefix",
        "SVC",
        "--env-file",
        "other.env",
    ]);
}

#[test]
fn what_the_driver_cannot_do_is_noted_before_the_first_connection() {
    let place = Place::new(&[("howdah.yaml", "database: { host: 'a,b' }")]);
    let done = place.run(&["config", "check"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains("not supported yet: several hosts"),
        "{done:?}"
    );
}
