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
        1,
        &["its first column, \"tenant\", is of the type int4: it must be text"],
    );
    assert!(!number.stderr.contains("Rust"), "{number:?}");
    asked("select from pg_class").refused(1, &["it has no column"]);
    asked("select null::text").refused(1, &["it is null"]);
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
