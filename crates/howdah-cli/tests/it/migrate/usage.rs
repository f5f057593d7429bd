//! A value that cannot be right is wrong usage, and nothing has failed.

use super::{FIRST, FIRST_DOWN, SECOND, database, migrate};
use crate::support::Place;

const BROKEN: (&str, &str) = (
    "migrations/0003_broken.sql",
    "-- no-transaction\ncreate table c ();\nvacuum nothing;\n",
);

#[tokio::test]
async fn a_version_that_nobody_has_is_wrong_usage() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND]);
    for args in [
        &["up", "--to", "99"][..],
        &["plan", "--to", "99"],
        &["up", "--to", "99", "--schemas", "a,b"],
        &["stamp", "--to", "99", "--reason", "x"],
    ] {
        let words =
            "--to 99: there is no migration of that version in migrations; the newest one is 2";
        migrate(&place, &database, args).refused(2, &[words]);
    }
    let abandon = ["repair", "--abandon", "7", "--reason", "x"];
    for args in [&abandon[..], &[&abandon[..], &["--dry-run"]].concat()] {
        migrate(&place, &database, args).refused(2, &["neither a file nor the ledger has it"]);
    }
    let applied = ["repair", "--abandon", "1", "--reason", "x"];
    migrate(&place, &database, &applied).refused(1, &["nothing of it is unfinished"]);
}

#[test]
fn a_script_leads_forward_from_a_version_that_is_there() {
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND]);
    let sql = |args: &[&str]| place.run(&[&["migrate", "sql"], args].concat());
    sql(&["--from", "9"]).refused(2, &["--from 9: there is no migration of that version"]);
    sql(&["--from", "2", "--to", "1"]).refused(2, &["--to 1 is older than --from 2"]);
    let none = sql(&["--from", "2", "--to", "2"]);
    assert_eq!(none.code, 0, "{none:?}");
}

#[test]
fn a_file_or_directory_that_is_not_there_is_wrong_usage() {
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let nowhere = place.run(&["migrate", "lint", "--path", "nodir"]);
    nowhere.refused(2, &["cannot read nodir", "No such file or directory"]);
    let nothing = place.run(&["migrate", "lint", "nofile.sql"]);
    nothing.refused(2, &["nofile.sql", "No such file or directory"]);
    let below_a_file = place.run(&["migrate", "lint", &format!("{}/x.sql", FIRST.0)]);
    below_a_file.refused(2, &["Not a directory"]);
}

#[tokio::test]
async fn a_reason_of_blanks_is_none() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    for reason in ["", "  ", "\t\n"] {
        for command in ["stamp", "repair"] {
            migrate(&place, &database, &[command, "--reason", reason]).refused(2, &["--reason"]);
        }
    }
}

#[tokio::test]
async fn what_would_be_given_up_is_said_without_giving_it_up() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND, BROKEN]);
    migrate(&place, &database, &["up"]).refused(1, &["vacuum nothing"]);
    let give_up = ["repair", "--abandon", "3", "--reason", "x", "--dry-run"];
    let done = migrate(&place, &database, &give_up);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, "3  broken\n"),
        "{done:?}"
    );
    let status = migrate(&place, &database, &["status"]).stdout;
    assert!(status.contains("began and did not end"), "{status}");
    let value = migrate(&place, &database, &[&give_up[..], &["--json"]].concat()).json();
    assert_eq!(value["unfinished"]["version"], 3, "{value}");
}

#[tokio::test]
async fn redo_says_what_it_did_in_its_order_and_why_it_cannot() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let nothing = migrate(&place, &database, &["redo"]);
    nothing.refused(
        1,
        &["nothing is applied, and migrations/0001_a.up.sql is pending"],
    );
    assert!(!nothing.stderr.contains("an older one"), "{nothing:?}");
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let done = migrate(&place, &database, &["redo"]);
    let (back, again) = (
        done.stdout.find("took back 1"),
        done.stdout.find("applied 1"),
    );
    assert!(back.is_some() && back < again, "{done:?}");
}
