//! What `howdah migrate sql` prints, run by psql.

use std::process::{Command, Output, Stdio};

use howdah_testkit::{As, TestDatabase};
use serde_json::json;

use super::{FIRST, FIRST_DOWN, SECOND, database, migrate};
use crate::support::Place;

const INDEX: (&str, &str) = (
    "migrations/0003_index.sql",
    "-- no-transaction\ncreate index concurrently a_idx on a (id);\nvacuum a;\n",
);

/// From the place's file, as the superuser.
fn psql(place: &Place, database: &TestDatabase, file: &str) -> (bool, String) {
    let output = psql_with(place, database, &["-f", file]);
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said)
}

/// Files and commands in one session.
fn psql_with(place: &Place, database: &TestDatabase, args: &[&str]) -> Output {
    let login = database.login(As::Superuser);
    #[expect(clippy::disallowed_methods, reason = "psql is what the script is for")]
    Command::new("psql")
        .args(["-X", "-q", "-A", "-t"])
        .args(args)
        .current_dir(place.path())
        .env("PGHOST", &login.host.host)
        .env("PGPORT", login.host.port.to_string())
        .env("PGUSER", login.user.as_str())
        .env("PGPASSWORD", login.password.expose())
        .env("PGDATABASE", login.database.as_str())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Without a server: nobody listens there.
const NOWHERE: [&str; 2] = ["--url", "postgres://nobody@127.0.0.1:1/none"];

#[tokio::test]
async fn what_psql_ran_is_applied() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND, INDEX]);
    let sql = |more: &[&str]| place.text(&[&["migrate", "sql"], &NOWHERE[..], more].concat());
    place.write("first.sql", &sql(&["--to", "1"]));
    place.write("rest.sql", &sql(&["--from", "1"]));
    let (ok, said) = psql(&place, &database, "rest.sql");
    assert!(!ok && said.contains("newest migration is 1"), "{said}");
    for file in ["first.sql", "rest.sql"] {
        let (ok, said) = psql(&place, &database, file);
        assert!(ok, "{said}");
    }
    let status = migrate(&place, &database, &["status"]);
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(
        status.stdout,
        "applied  1  a\napplied  2  b\napplied  3  index\n"
    );
    let history = migrate(&place, &database, &["history"]).stdout;
    assert_eq!(history.matches("applied").count(), 3, "{history}");
    let down = migrate(&place, &database, &["up"]);
    assert_eq!(down.code, 0, "{down:?}");
}

#[tokio::test]
async fn a_session_that_goes_on_holds_no_lock_of_the_script() {
    const LOCKS: &str =
        "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()";
    let database = database().await;
    let held = format!("create table held as {LOCKS};\n");
    let place = Place::new(&[FIRST, FIRST_DOWN, ("migrations/0002_held.sql", &held)]);
    let script = place.text(&[&["migrate", "sql"], &NOWHERE[..]].concat());
    place.write("all.sql", &script);
    let after = ["-f", "all.sql", "-c", "select count from held", "-c", LOCKS];
    let output = psql_with(&place, &database, &after);
    let answers = String::from_utf8(output.stdout).unwrap();
    let mut counts = answers.lines().rev().map(str::parse::<u32>);
    assert_eq!(counts.next(), Some(Ok(0)), "afterwards: {answers}");
    assert!(
        matches!(counts.next(), Some(Ok(1..))),
        "meanwhile: {answers}"
    );
}

#[test]
fn it_names_what_is_in_it_and_the_owner_of_the_settings() {
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND]);
    let value = place.json(&["migrate", "sql", "-n", "1"]);
    assert_eq!(value["steps"].as_array().unwrap().len(), 1);
    assert_eq!(value["steps"][0]["version"], json!(1));
    let sql = value["sql"].as_str().unwrap();
    assert!(sql.contains("set role \"appowner\""), "{sql}");
    assert!(sql.contains("create schema \"public\""), "{sql}");
    let wrong = place.run(&["migrate", "sql", "--from", "7"]);
    wrong.refused(2, &["--from 7: there is no migration of that version"]);
}

#[test]
fn a_url_may_log_in_as_any_role_of_the_settings() {
    let place = Place::new(&[SECOND]);
    for role in ["appowner", "appmigrator", "appuser", "backupuser"] {
        let url = format!("postgres://{role}@127.0.0.1:1/none");
        let sql = place.text(&["migrate", "sql", "--url", &url]);
        assert!(
            sql.contains("reset role") && !sql.contains("\nset role"),
            "{sql}"
        );
    }
}
