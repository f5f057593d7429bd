//! A password is in no output, wherever it stands and whatever is wrong.

use crate::support::Place;

const MARKER: &str = "hunter2Marker7Qx";

const COMMANDS: [&[&str]; 12] = [
    &["config", "check"],
    &["config", "show"],
    &["config", "check", "--prefix", "SVC", "--env-file", ".env"],
    &["config", "show", "--env-file", "other.env"],
    &["config", "check", "--set", "database.pool.size=x"],
    &["config", "init", "--force", "--path", "new.yaml"],
    &["config", "reference"],
    &["config", "schema"],
    &["secrets", "generate", "--force"],
    &["secrets", "check"],
    &["secrets", "check", "pw", "howdah.yaml", "--max-age", "0s"],
    &["migrate", "status"],
];

#[track_caller]
fn assert_hidden(place: &Place, args: &[&str]) {
    let both = [args, &["--json"]].concat();
    for args in [args, &both] {
        let done = place.run(args);
        let all = format!("{done:?}").to_lowercase();
        assert!(!all.contains(&MARKER.to_lowercase()), "{args:?}: {all}");
    }
}

fn hidden_in_every_command(place: &Place) {
    for args in COMMANDS {
        assert_hidden(place, args);
    }
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    for url in [
        format!("postgresql://u:{MARKER}@h/d"),
        format!("postgresql://u:{MARKER}@h:99999/d"),
        format!("postgresql://u:a/{MARKER}@h/d"),
        format!("postgresql://u:a@{MARKER}@h/d"),
        format!("postgresql://u:a?{MARKER}@h/d"),
        format!("postgresql://u:a#{MARKER}@h/d"),
        format!("postgresql://u@h/d?password={MARKER}"),
        format!("postgresql://u@h/d?sslpassword={MARKER}"),
        format!("mysql://u:{MARKER}@h/d"),
        format!("u:{MARKER}@h/d"),
        format!("host=h password={MARKER} port=x"),
    ] {
        assert_hidden(&Place::empty(), &["url", "parse", &url]);
        assert_hidden(
            &Place::empty().input(format!("{url}\n")),
            &["url", "parse", "-"],
        );
        let set = format!("--set=database.url={url}");
        assert_hidden(&Place::empty(), &["config", "show", &set]);
        hidden_in_every_command(&Place::empty().env(&[("DATABASE_URL", &url)]));
        let yaml = format!("database:\n  url: {url:?}\n  port: x\n");
        hidden_in_every_command(&Place::new(&[("howdah.yaml", &yaml)]));
    }
}

#[test]
fn a_url_that_is_cut_by_a_space_or_stands_in_a_wrong_place_is_not_shown() {
    let place = Place::empty();
    assert_hidden(
        &place,
        &["url", "parse", "postgresql://u:a", &format!("{MARKER}@h/d")],
    );
    let url = format!("postgresql://u:{MARKER}@h/d");
    assert_hidden(&place, &["url", &url]);
    assert_hidden(&place, &[&url]);
    assert_hidden(&place, &["config", "check", &url]);
    assert_hidden(&place, &["config", "check", &format!("--url={url}")]);
    assert_hidden(&place, &["config", "show", "--set", &url]);
    assert_hidden(&place, &["config", "show", "--set", &format!("{url}?a=b")]);
    assert_hidden(&place, &["config", "show", "--config", &url]);
    assert_hidden(&place, &["config", "show", "--env-file", &url]);
    assert_hidden(&place, &["config", "show", "--prefix", &url]);
    assert_hidden(&place, &["config", "init", "--path", &url]);
    assert_hidden(&place, &["migrate", "status", "--path", &url]);
    assert_hidden(&place, &["secrets", "check", &url]);
    assert_hidden(&place, &["secrets", "check", "--dir", &url]);
    assert_hidden(&place, &["secrets", "generate", &url]);
    assert_hidden(&place, &["secrets", "generate", "--dir", &url]);
    assert_hidden(&place, &["url", &format!("host=h password={MARKER}")]);
    place.run(&["url", &url]).refused(2, &["howdah url parse"]);
}

#[test]
fn a_password_in_files_and_variables_is_not_shown() {
    let dotenv = format!(
        "DATABASE_URL=postgresql://u:{MARKER}@h/d\nAPP_PW={MARKER}\nHOWDAH__DATABASE__HOST=${{APP_PW}}\nbad line {MARKER}\n"
    );
    let yaml = format!(
        "database:\n  name: ${{APP_PW}}\n  port: ${{APP_PW}}\n  secrets:\n    app: {{ file: pw, env: APP_PW }}\n    \
         migrator: {{ value: {MARKER} }}\n    read_only: {{ command: [echo, {MARKER}] }}\n"
    );
    for yaml in [
        &*yaml,
        "database: { secrets: { app: { file: pw, env: APP_PW } } }\n",
    ] {
        for dotenv in [&*dotenv, dotenv.split("bad").next().unwrap()] {
            for secret in [
                format!("{MARKER}\n"),
                format!("two\n{MARKER}\n"),
                String::new(),
            ] {
                let place = Place::new(&[
                    ("howdah.yaml", yaml),
                    (".env", dotenv),
                    ("other.env", &format!("X={MARKER}\n\u{1}{MARKER}\n")),
                    ("pw", &secret),
                    (".howdah/secrets/postgres_app_user_pw", &secret),
                ]);
                hidden_in_every_command(&place.env(&[("APP_PW", MARKER), ("PGPASSWORD", MARKER)]));
            }
        }
    }
}
