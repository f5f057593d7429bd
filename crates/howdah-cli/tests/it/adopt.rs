//! `howdah migrate adopt`: what another tool has applied is stamped.

use crate::baseline::execute;
use crate::migrate::{database, json, migrate};
use crate::support::Place;

const A: (&str, &str) = ("migrations/0001_a.sql", "create table a ();\n");
const B: (&str, &str) = ("migrations/0002_b.sql", "create table b ();\n");

#[tokio::test]
async fn what_another_tool_has_applied_is_shown_and_then_stamped_once() {
    let database = database().await;
    execute(
        &database,
        "create schema old; create table old.versions (version varchar(255) primary key);
         insert into old.versions values ('0001'); create table a ()",
    )
    .await;
    let place = Place::new(&[A, B]);
    let adopt = |more: &[&'static str]| {
        let args = ["adopt", "--from", "dbmate", "--table", "old.versions"];
        migrate(&place, &database, &[&args[..], more].concat())
    };
    let shown = adopt(&["--dry-run"]);
    let wanted = "\"old\".\"versions\" of dbmate: 1 applied\nadopt  1  a  from 0001\n";
    assert_eq!(
        (shown.code, shown.stdout.as_str()),
        (0, wanted),
        "{shown:?}"
    );
    let shown = json(&adopt(&["--dry-run", "--json"]));
    assert_eq!(shown["files"][0]["file"], "migrations/0001_a.sql");
    assert_eq!(
        migrate(&place, &database, &["current"]).stdout,
        "nothing is applied\n"
    );

    let done = json(&adopt(&["--json"]));
    assert_eq!(
        (
            done["stamped"][0]["version"].as_i64(),
            done["adoption"]["tool"].as_str()
        ),
        (Some(1), Some("dbmate"))
    );
    assert_eq!(
        json(&adopt(&["--json"]))["stamped"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    let history = migrate(&place, &database, &["history"]).stdout;
    assert!(
        history.contains("\"old\".\"versions\" of dbmate has it: 0001"),
        "{history}"
    );
    let up = json(&migrate(&place, &database, &["up", "--json"]));
    assert_eq!(up["applied"][0]["version"], 2);
}

#[tokio::test]
async fn a_wrong_question_is_told_apart_from_a_wrong_ledger() {
    let database = database().await;
    let place = Place::new(&[A]);
    let adopt =
        |args: &[&'static str]| migrate(&place, &database, &[&["adopt"][..], args].concat());
    adopt(&["--from", "goose", "--at", "1"]).refused(2, &["--at is for alembic"]);
    adopt(&["--from", "liquibase"]).refused(2, &["golang-migrate"]);
    adopt(&["--from", "goose"]).refused(1, &["there is no such table in public: say where"]);
}
