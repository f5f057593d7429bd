//! `howdah migrate check-down`: a way back that forgets something is told, all of them at once.

use expect_test::expect;
use serde_json::json;

use super::{FIRST, FIRST_DOWN, SECOND, database, migrate};
use crate::support::Place;

#[tokio::test]
async fn every_way_back_is_tried_also_behind_one_that_left_something() {
    let database = database().await;
    let place = Place::new(&[
        FIRST,
        FIRST_DOWN,
        SECOND,
        ("migrations/0003_c.up.sql", "create table c ();\n"),
        ("migrations/0003_c.down.sql", "select 1;\n"),
        ("migrations/0004_d.up.sql", "create table d ();\n"),
        ("migrations/0004_d.down.sql", "drop table dd;\n"),
    ]);
    let check = migrate(&place, &database, &["check-down"]);
    assert_eq!(check.code, 1, "{check:?}");
    expect![[r#"
        sound  1  a  migrations/0001_a.down.sql
        not sound  3  c  migrations/0003_c.down.sql
            after the way back: table c is unexpected
            after the way back, the migration fails: the migration migrations/0003_c.up.sql failed
            migrations/0003_c.up.sql:1: relation "c" already exists (SQLSTATE 42P07)
              1 | create table c ();
            next: it is there already, made by hand or left by another tool: remove it, or write `if not exists`; then run again
        not sound  4  d  migrations/0004_d.down.sql
            the way back fails: the migration migrations/0004_d.down.sql failed
            migrations/0004_d.down.sql:1: table "dd" does not exist (SQLSTATE 42P01)
              1 | drop table dd;
            next: nothing of this file was kept: correct it and run again
        no way back  2  b
    "#]].assert_eq(&check.stdout);
    let value = migrate(&place, &database, &["check-down", "--after", "3", "--json"]).json();
    assert_eq!(value["sound"], false);
    assert_eq!(value["trips"].as_array().unwrap().len(), 1, "{value}");
    assert_eq!(value["trips"][0]["flaws"][0]["when"], "back");
    let untouched = migrate(&place, &database, &["current"]);
    assert_eq!(untouched.stdout, "nothing is applied\n");
}

#[tokio::test]
async fn sound_ways_back_are_exit_code_0() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND]);
    let check = migrate(&place, &database, &["check-down"]);
    assert_eq!(
        (check.code, check.stdout.as_str()),
        (
            0,
            "sound  1  a  migrations/0001_a.down.sql\nno way back  2  b\n"
        ),
        "{check:?}"
    );
    let value = migrate(&place, &database, &["check-down", "--json"]).json();
    assert_eq!(value["forward_only"][0]["version"], json!(2));
}
