//! Why a command fails, for programs and for people.

use howdah_testkit::As;
use howdah_testkit::fault::{FakeServer, Greeting};
use serde_json::json;
use sqlx::Executor as _;

use super::{FIRST, FIRST_DOWN, SECOND, database, migrate, url};
use crate::support::Place;

const BLOCK: (&str, &str) = (
    "migrations/0003_block.sql",
    "do $$\nbegin\n  raise exception 'too few' using detail = 'two of three', hint = 'add one';\nend\n$$;\n",
);

#[tokio::test]
async fn a_migration_that_fails_is_one_object_with_its_place() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND, BLOCK]);
    let up = migrate(&place, &database, &["up", "--json"]);
    up.refused(1, &["error: migrating failed", "too few (SQLSTATE P0001)"]);
    let value = up.json();
    let error = &value["error"];
    assert_eq!(value.as_object().unwrap().len(), 1, "{value}");
    assert_eq!(
        (&error["message"], &error["sqlstate"]),
        (&json!("migrating failed"), &json!("P0001"))
    );
    assert_eq!(
        error["causes"][0],
        "the migration migrations/0003_block.sql failed"
    );
    let wanted = json!({
        "file": BLOCK.0, "line": 1, "text": "do $$", "sqlstate": "P0001", "message": "too few",
        "detail": "two of three", "hint": "add one",
        "context": "PL/pgSQL function inline_code_block line 3 at RAISE",
        "next": "nothing of this file was kept: correct it and run again",
    });
    assert_eq!(error["failure"], wanted);
}

#[tokio::test]
async fn where_in_a_function_it_failed_is_said() {
    let database = database().await;
    let nested = "create function f() returns void language plpgsql as $$\nbegin\n  perform 1 / 0;\nend $$;\n\
                  do $$ begin perform f(); end $$;\n";
    let place = Place::new(&[("migrations/0001_f.sql", nested)]);
    let up = migrate(&place, &database, &["up"]);
    up.refused(
        1,
        &[
            "context: SQL statement \"SELECT 1 / 0\"\n",
            "PL/pgSQL function f() line 3 at PERFORM\n",
            "PL/pgSQL function inline_code_block line 1 at PERFORM\n",
        ],
    );
    // The words of the server, and those of the log, are the same.
    let history = migrate(&place, &database, &["history"]).stdout;
    assert!(history.contains("line 3 at PERFORM"), "{history}");
}

#[tokio::test]
async fn a_login_that_is_refused_has_its_code() {
    let database = database().await;
    let place = Place::new(&[FIRST]);
    let mut login = database.login(As::Superuser);
    login.database = "nowhere_at_all".parse().unwrap();
    let refused = place.run(&["migrate", "status", "--json", "--url", &url(&login)]);
    refused.refused(1, &["error: connecting failed"]);
    assert_eq!(refused.json()["error"]["sqlstate"], "3D000");
}

#[test]
fn problems_of_files_and_settings_and_wrong_usage_are_objects_too() {
    let place = Place::new(&[("migrations/x_users.sql", "select 1;\n"), FIRST]);
    let files = place.run(&["migrate", "sql", "--json"]);
    files.refused(1, &["x_users.sql: the name must start with a version"]);
    let problems = &files.json()["error"]["problems"];
    assert_eq!(problems[0]["place"], "migrations/x_users.sql", "{problems}");
    assert!(problems[0].get("line").is_none(), "{problems}");

    place.write("howdah.yaml", "database:\n  port: many\n");
    let settings = place.run(&["migrate", "status", "--json"]);
    settings.refused(2, &["howdah.yaml:2"]);
    let problem = &settings.json()["error"]["problems"][0];
    assert_eq!(
        (&problem["place"], &problem["path"]),
        (&json!("howdah.yaml:2:9"), &json!("database.port"))
    );

    for args in [
        &["migrate", "stamp", "--json"][..],
        &["migrate", "up", "--json", "--to", "0"],
        &["migrate", "up", "postgres://u:geheim@h/d", "--json"],
    ] {
        let wrong = place.run(args);
        wrong.refused(2, &["error: "]);
        let value = wrong.json();
        let message = value["error"]["message"].as_str().unwrap();
        assert!(wrong.stderr.contains(message), "{wrong:?}");
        assert!(!format!("{wrong:?}").contains("geheim"));
    }
}

#[test]
fn there_is_one_object_where_the_result_says_already_what_is_wrong() {
    let place = Place::new(&[("howdah.yaml", "database:\n  port: many\n")]);
    let check = place.run(&["config", "check", "--json"]);
    check.refused(2, &["howdah.yaml:2"]);
    assert_eq!(check.json()["ok"], false);
}

#[tokio::test]
async fn a_statement_that_was_cut_off_says_what_to_do() {
    let database = database().await;
    let place = Place::new(&[(
        "migrations/0001_slow.sql",
        "set statement_timeout to '1ms';\nselect pg_sleep(60);\n",
    )]);
    let up = migrate(&place, &database, &["up"]);
    up.refused(
        1,
        &[
            "(SQLSTATE 57014)",
            "next: it ran longer than the statement timeout, or somebody cancelled it: raise the timeout",
        ],
    );
}

/// As PgBouncer does whose settings say nothing about the driver's parameter.
#[test]
fn a_pooler_that_refuses_a_parameter_is_told_what_it_needs() {
    let pooler = FakeServer::start().unwrap();
    let words = "unsupported startup parameter: extra_float_digits";
    pooler.greets([Greeting::refusal("08P01", words)]);
    let place = Place::new(&[FIRST]);
    let refused = place.run(&["migrate", "status", "--url", &url(&pooler.login().unwrap())]);
    refused.refused(
        1,
        &[
            "PgBouncer needs `ignore_startup_parameters = extra_float_digits, options`",
            "because: unsupported startup parameter: extra_float_digits (SQLSTATE 08P01)",
        ],
    );
}

#[test]
fn without_a_password_the_ways_out_are_named() {
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    for command in ["status", "up", "drift", "check-down"] {
        let none = place.run(&["migrate", command]);
        none.refused(2, &["database.secrets.migrator", "or say with --url"]);
        let empty = place.run(&["migrate", command, "--url", ""]);
        empty.refused(2, &["'--url <URL>'"]);
    }
    let empty = place.run(&["migrate", "drift", "--shadow-url", ""]);
    empty.refused(2, &["'--shadow-url <URL>'"]);
}

/// As one that trusts whoever is on its machine.
#[test]
fn a_url_without_a_password_is_enough_where_the_server_asks_for_none() {
    let server = FakeServer::start().unwrap();
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let url = format!(
        "postgres://somebody@127.0.0.1:{}/d?sslmode=disable",
        server.port()
    );
    let status = place.run(&["migrate", "status", "--url", &url]);
    let note = "note: somebody has no password: neither the URL nor the settings (database.secrets.app) give one";
    assert!(status.stderr.contains(note), "{status:?}");
    let connecting = "connecting failed";
    assert!(!status.stderr.contains(connecting), "{status:?}");
    assert!(!server.seen().is_empty(), "{status:?}");
}

#[tokio::test]
async fn a_server_that_asks_for_a_password_says_where_one_can_be_given() {
    let database = database().await;
    let login = database.login(As::Superuser);
    let password = login.password.expose();
    let bare = url(&login).replace(&format!(":{password}@"), "@");
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    for command in ["status", "up"] {
        let asked = place.run(&["migrate", command, "--url", &bare]);
        asked.refused(
            1,
            &[
                "for a password, and there is none: name the file that holds it",
                "(database.secrets.app) or in HOWDAH__DATABASE__SECRETS__APP__FILE",
                "--url, --shadow-url",
                "(SQLSTATE 28P01)",
            ],
        );
    }
    let file = place.write("pw", &format!("{password}\n"));
    let variable = "HOWDAH__DATABASE__SECRETS__APP__FILE";
    let place = place.env(&[(variable, file.to_str().unwrap())]);
    let given = place.run(&["migrate", "up", "--url", &bare]);
    assert_eq!(given.code, 0, "{given:?}");
    assert!(!given.stderr.contains("has no password"), "{given:?}");
}

#[tokio::test]
async fn an_empty_variable_names_no_server_for_the_scratch_database() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]).env(&[("HOWDAH_SHADOW_URL", "")]);
    let mut conn = database.connect(As::Superuser).await.unwrap();
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let drift = migrate(&place, &database, &["drift"]);
    assert_eq!(drift.code, 0, "{drift:?}");
    conn.execute("create table by_hand ()").await.unwrap();
    assert_eq!(migrate(&place, &database, &["drift"]).code, 3);
}
