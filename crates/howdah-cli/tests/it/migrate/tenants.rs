//! Which schemas, where there are many: what is unclear is asked, and what is not there is said.

use howdah_testkit::As;
use sqlx::Executor as _;

use super::{FIRST, FIRST_DOWN, SECOND, database, migrate};
use crate::support::Place;

#[tokio::test]
async fn a_failure_in_one_schema_is_not_called_ok() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND]);
    let mut admin = database.connect(As::Superuser).await.unwrap();
    let taken = "create schema t2; create table t2.b ()";
    admin.execute(taken).await.unwrap();
    let up = migrate(&place, &database, &["up", "--schemas", "t1,t2"]);
    up.refused(
        1,
        &["failed: 2 migration(s) applied in 2 schemas, 1 failed\n"],
    );
    assert!(!up.stderr.contains("ok:"), "{up:?}");
    assert!(
        up.stdout
            .starts_with("t2: the migration migrations/0002_b.sql failed\n"),
        "{up:?}"
    );
}

#[test]
fn one_way_to_name_schemas_is_enough() {
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let both = [
        &["migrate", "status", "--schema", "a", "--schemas", "b"][..],
        &["migrate", "--schema", "a", "up", "--all-schemas"],
        &[
            "migrate",
            "--schemas-from",
            "select 'a'",
            "up",
            "--schema",
            "b",
        ],
        &["migrate", "--schemas", "a", "plan", "--all-schemas"],
    ];
    for args in both {
        place.run(args).refused(2, &["--"]);
    }
    place
        .run(both[1])
        .refused(2, &["--schema and --all-schemas say in different ways"]);
    let for_nothing = place.run(&["migrate", "up", "--allow-no-schemas"]);
    for_nothing.refused(2, &["--schemas-from, which is not given"]);
}

#[tokio::test]
async fn no_schema_at_all_is_said() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    for command in ["status", "up"] {
        let all = migrate(&place, &database, &[command, "--all-schemas"]);
        all.refused(0, &["note: no schema of this database has a ledger"]);
        let query = [command, "--schemas-from", "select 'a' where false"];
        let none = migrate(&place, &database, &query);
        none.refused(
            1,
            &["gives no schema; if that is right, give --allow-no-schemas"],
        );
        let allowed = [&query[..], &["--allow-no-schemas"]].concat();
        let none = migrate(&place, &database, &allowed);
        none.refused(0, &["note: the query of --schemas-from gives no schema"]);
    }
}

#[tokio::test]
async fn a_query_that_gives_no_names_is_told_what_it_gives() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let asked = |query: &str| migrate(&place, &database, &["up", "--schemas-from", query]);
    let number = asked("select 1 as tenant, 'a'");
    number.refused(
        2,
        &["its first column, \"tenant\", is of the type int4: it must be text"],
    );
    assert!(!number.stderr.contains("Rust"), "{number:?}");
    asked("select from pg_class").refused(2, &["it has no column"]);
    asked("select null::text").refused(2, &["it is null"]);
    let mut admin = database.connect(As::Superuser).await.unwrap();
    let domain = "create domain tenant as varchar(20)";
    admin.execute(domain).await.unwrap();
    for text in [
        "'a'::tenant",
        "'b'::varchar(9)",
        "'c'::name",
        "'d'::char(1)",
        "'e'",
    ] {
        let done = asked(&format!("select {text}"));
        assert_eq!(done.code, 0, "{text}: {done:?}");
    }
}

#[tokio::test]
async fn blanks_around_the_names_are_no_part_of_them_and_an_empty_one_is_refused() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let up = migrate(&place, &database, &["up", "--schemas", " t1, t2 ,t1"]);
    assert!(up.stderr.contains("applied in 2 schemas"), "{up:?}");
    let status = migrate(&place, &database, &["status", "--all-schemas"]);
    assert!(
        status.stdout.starts_with("t1: 1 applied, 0 pending\nt2: 1"),
        "{status:?}"
    );
    for list in ["a,,b", "", " ", "a,", ",a", "a, ,b"] {
        let empty = place.run(&["migrate", "up", "--schemas", list]);
        empty.refused(2, &["--schemas: a name is empty"]);
    }
}

#[tokio::test]
async fn a_schema_that_does_not_exist_is_said_not_to_of_each() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    assert_eq!(
        migrate(&place, &database, &["up", "--schemas", "t1"]).code,
        0
    );
    let many = ["--schemas", "t1,nope,neither"];
    for command in ["status", "plan", "verify"] {
        let done = migrate(&place, &database, &[&[command][..], &many].concat());
        assert_eq!(done.code, 3, "{done:?}");
        for name in ["nope", "neither"] {
            let line = format!(
                "{name}: 0 applied, 1 pending (the schema does not exist: `up` creates it)\n"
            );
            assert!(done.stdout.contains(&line), "{done:?}");
        }
        let one = migrate(&place, &database, &[command, "--schema", "nope"]);
        one.refused(
            3,
            &["note: the schema \"nope\" does not exist: `up` creates it"],
        );
    }
    let current = migrate(&place, &database, &["current", "--schema", "nope"]);
    current.refused(0, &["does not exist"]);
    let args = [&["status", "--json"][..], &many].concat();
    let value = migrate(&place, &database, &args).json();
    let exists = |number: usize| value["schemas"][number]["result"]["schema_exists"].clone();
    assert_eq!((exists(0), exists(1)), (true.into(), false.into()));
    // Also where there is nothing to apply.
    let empty = Place::new(&[]);
    empty.write("migrations/readme.md", "");
    let none = migrate(&empty, &database, &["verify", "--schemas", "nope"]);
    assert_eq!(none.code, 0, "{none:?}");
    assert!(none.stdout.contains("does not exist"), "{none:?}");
}
