//! Where something is wrong between files and ledger, the state of the rest is shown all the same.

use expect_test::expect;
use howdah_testkit::{As, TestDatabase};
use serde_json::{Value, json};
use sqlx::Executor as _;

use super::{FIRST, FIRST_DOWN, SECOND, database, migrate};
use crate::support::Place;

const EDITED: &str = "create table b (); -- edited\n";

/// The second file is edited, the third pending, and the fourth applied and gone.
async fn disagreeing() -> (Place, TestDatabase) {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND]);
    let gone = place.write("migrations/0004_d.sql", "create table d ();\n");
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    place.write(SECOND.0, EDITED);
    place.write("migrations/0005_e.sql", "create table e ();\n");
    std::fs::remove_file(gone).unwrap();
    (place, database)
}

#[tokio::test]
async fn each_migration_is_shown_with_its_state_and_what_is_wrong_with_it() {
    let (place, database) = disagreeing().await;
    let status = migrate(&place, &database, &["status"]);
    expect![[r"
        applied  1  a
        applied  2  b
            problem: migrations/0002_b.sql: the file was edited after it was applied: restore it, and make the change in a new migration
        pending  5  e
        problem: ledger row 4 (d): it is applied, and there is no file for it: this program is older than the database, or the file was removed; deploy the newer program, or bring the file back
    "]].assert_eq(&status.stdout);
    status.refused(
        1,
        &[
            "2 problems before the first migration",
            "was edited",
            "ledger row 4",
        ],
    );
    for command in ["plan", "verify"] {
        let plan = migrate(&place, &database, &[command]);
        assert_eq!(plan.code, 1);
        let lines: Vec<&str> = plan.stdout.lines().collect();
        assert!(
            lines[0] == "applied  2  b" && lines[2] == "pending  5  e",
            "{plan:?}"
        );
    }
    let current = migrate(&place, &database, &["current"]);
    assert_eq!((current.code, current.stdout.as_str()), (1, "2  b\n"));
    current.refused(1, &["was edited"]);
    // Nothing of that is looked over by what writes.
    migrate(&place, &database, &["up"]).refused(1, &["nothing was executed"]);
}

#[tokio::test]
async fn the_object_of_a_program_has_both_the_states_and_the_error() {
    let (place, database) = disagreeing().await;
    let status = migrate(&place, &database, &["status", "--json"]);
    status.refused(1, &["2 problems"]);
    let value = status.json();
    let states = |list: &str| -> Vec<(Value, Value, usize)> {
        let steps = value[list].as_array().unwrap().iter();
        let one = |step: &Value| {
            let problems = step["problems"].as_array().unwrap().len();
            (step["version"].clone(), step["state"].clone(), problems)
        };
        steps.map(one).collect()
    };
    let applied = [
        (json!(1), json!("applied"), 0),
        (json!(2), json!("applied"), 1),
    ];
    assert_eq!(states("applied"), applied);
    assert_eq!(states("pending"), [(json!(5), json!("pending"), 0)]);
    let problems = value["error"]["problems"].as_array().unwrap();
    let places: Vec<&str> = problems
        .iter()
        .filter_map(|one| one["place"].as_str())
        .collect();
    assert_eq!(places, ["ledger row 4 (d)", SECOND.0]);
    let current = migrate(&place, &database, &["current", "--json"]).json();
    assert_eq!(
        (
            &current["version"],
            &current["error"]["problems"][1]["place"]
        ),
        (&json!(2), &json!(SECOND.0))
    );
}

#[tokio::test]
async fn what_has_not_ended_says_how_far_it_has_come() {
    let database = database().await;
    let third = "-- no-transaction\ncreate table c ();\nvacuum c;\nvacuum nothing_like_that;\n";
    let place = Place::new(&[FIRST, FIRST_DOWN, ("migrations/0003_c.sql", third)]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 1);
    let status = migrate(&place, &database, &["status"]);
    assert_eq!(status.code, 3, "{status:?}");
    assert_eq!(
        status.stdout,
        "applied  1  a\npending  3  c (outside a transaction) (began and did not end; 2 statement(s) of it have ended)\n"
    );
    let unfinished = |done: crate::support::Done| {
        let value = done.json();
        let step = &value["pending"][0];
        (step["state"].clone(), step["statements_ended"].clone())
    };
    let all = unfinished(migrate(&place, &database, &["status", "--json"]));
    assert_eq!(all, (json!("unfinished"), json!(2)));
    // Without the log it is not known, and still unfinished.
    let mut conn = database.connect(As::Superuser).await.unwrap();
    conn.execute("drop table _sqlx_migrations_log")
        .await
        .unwrap();
    let some = unfinished(migrate(&place, &database, &["status", "--json"]));
    assert_eq!(some, (json!("unfinished"), json!(null)));
}

#[tokio::test]
async fn repair_says_what_it_is_no_cure_for() {
    let database = database().await;
    let third = "-- no-transaction\ncreate table c ();\nvacuum nothing_like_that;\n";
    let place = Place::new(&[FIRST, FIRST_DOWN, ("migrations/0003_c.sql", third)]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 1);
    let repair = ["repair", "--reason", "a test"];
    let done = migrate(&place, &database, &repair);
    assert_eq!(done.code, 0, "{done:?}");
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "nothing to repair: no file was edited after it was applied"
    );
    assert!(
        lines[1].starts_with("3  c  is unfinished since 20"),
        "{lines:?}"
    );
    let ways = " UTC (1 statement(s) of it have ended): `howdah migrate up` goes on with it; or undo by hand what it \
         did, and give it up: `howdah migrate repair --abandon 3 --reason \"...\"`";
    assert!(lines[1].ends_with(ways), "{lines:?}");
    let value = migrate(&place, &database, &[&repair[..], &["--json"]].concat()).json();
    assert_eq!(value["unfinished"][0]["version"], 3, "{value}");
    let since = value["unfinished"][0]["began_at"].as_str().unwrap();
    assert!(lines[1].contains(since), "{since}");

    place.write("migrations/0003_c.sql", "create table c ();\n");
    let stuck = migrate(&place, &database, &repair);
    assert_eq!(
        stuck.stdout,
        "nothing to repair: no file was edited after it was applied\n"
    );
    stuck.refused(1, &["is `-- no-transaction` no more", "repair --abandon 3"]);
    let dry = migrate(&place, &database, &[&repair[..], &["--dry-run"]].concat());
    dry.refused(
        0,
        &["this is no cure for it: migrations/0003_c.sql: it began"],
    );
    assert_eq!(dry.stdout, stuck.stdout);
}
