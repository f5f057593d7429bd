//! `howdah migrate lint`, without any server.

use expect_test::expect;
use serde_json::json;

use crate::support::Place;

const CLEAN: (&str, &str) = (
    "migrations/0001_users.sql",
    "create table users (id bigint primary key, email text not null);\n",
);
const ENUM: (&str, &str) = (
    "migrations/0002_mood.sql",
    "alter type mood add value 'glad';\nalter table m alter m set default 'glad';\n",
);
/// A warning and no error, of our own rules.
const WIDE: (&str, &str) = (
    "migrations/0003_wide.sql",
    "create table w (a int, b int, c int, d int);\ncreate index w_idx on w (a, b, c, d);\n",
);

#[test]
fn a_finding_shows_its_place_its_line_and_what_to_do() {
    let place = Place::new(&[CLEAN, ENUM]);
    let lint = place.run(&["migrate", "lint"]);
    assert_eq!(lint.code, 1, "{lint:?}");
    expect![[r"
        migrations/0002_mood.sql:2:35: error[enum-value-used-in-transaction]: the value 'glad' is added in this file: it cannot be used before the file is committed
          2 | alter table m alter m set default 'glad';
            |                                   ^
          help: put `alter type ... add value` into a file of its own before this one

    "]].assert_eq(&lint.stdout);
    assert!(
        lint.stderr
            .contains("1 error(s) and 0 warning(s) in 2 file(s)")
    );
}

#[test]
fn nothing_found_is_nothing_printed() {
    let place = Place::new(&[CLEAN]);
    let lint = place.run(&["migrate", "lint"]);
    assert_eq!((lint.code, lint.stdout.as_str()), (0, ""), "{lint:?}");
}

#[test]
fn a_warning_is_denied_on_demand() {
    let place = Place::new(&[CLEAN, WIDE]);
    let lint = place.json(&["migrate", "lint"]);
    let found = &lint["findings"][0];
    assert_eq!(
        (
            &found["rule"],
            &found["severity"],
            &found["line"],
            &found["column"]
        ),
        (
            &json!("wide-index"),
            &json!("warning"),
            &json!(2),
            &json!(1)
        ),
        "{lint}"
    );
    assert_eq!((&lint["errors"], &lint["warnings"]), (&json!(0), &json!(1)));
    let denied = place.run(&["migrate", "lint", "--deny-warnings"]);
    assert_eq!(denied.code, 1, "{denied:?}");
    let off = place.run(&[
        "migrate",
        "lint",
        "--deny-warnings",
        "--exclude",
        "wide-index,json-column",
    ]);
    assert_eq!(off.code, 0, "{off:?}");
}

#[test]
fn only_named_files_are_reported_and_others_are_known() {
    let place = Place::new(&[CLEAN, ENUM, WIDE]);
    let lint = place.json(&["migrate", "lint", "migrations/0003_wide.sql"]);
    assert_eq!(lint["files"], 1);
    assert_eq!(lint["findings"].as_array().unwrap().len(), 1, "{lint}");
    place.write("drafts/idea.sql", ENUM.1);
    let lint = place.run(&["migrate", "lint", "drafts/idea.sql"]);
    assert!(lint.stdout.starts_with("drafts/idea.sql:2:"), "{lint:?}");
    assert_eq!(lint.code, 1);
    place
        .run(&["migrate", "lint", "drafts"])
        .refused(2, &["`--path drafts` lints what is in it"]);
    place
        .run(&["migrate", "lint", "gone.sql"])
        .refused(2, &["there is no file gone.sql"]);
}

#[test]
fn an_unknown_rule_is_refused_with_those_that_look_like_it() {
    let place = Place::new(&[CLEAN]);
    let lint = place.run(&["migrate", "lint", "--exclude", "wide-indx"]);
    lint.refused(
        2,
        &["there is no lint rule `wide-indx`; did you mean `wide-index`?"],
    );
    let lint = place.run(&["migrate", "lint", "--pg-version", "new"]);
    lint.refused(2, &["it must be a version of PostgreSQL, such as 15"]);
}

#[test]
fn what_a_query_of_the_program_reads_is_not_dropped() {
    let drop = (
        "migrations/0002_drop.sql",
        "alter table users drop email;\n",
    );
    let query =
        r#"{"query": "select email from users", "describe": {"columns": [{"name": "email"}]}}"#;
    let place = Place::new(&[CLEAN, drop, (".sqlx/query-1.json", query)]);
    let rule = |args: &[&str]| {
        let all = [
            &["migrate", "lint", "--exclude", "ban-drop-column", "--json"],
            args,
        ]
        .concat();
        place.run(&all)
    };
    let lint = rule(&[]);
    assert_eq!(lint.code, 1, "{lint:?}");
    assert_eq!(lint.json()["findings"][0]["rule"], "dropped-but-queried");
    place.write("other/query-2.json", &query.replace("email", "id"));
    assert_eq!(rule(&["--sqlx", "other"]).code, 0);
    assert_eq!(rule(&["--after", "2"]).code, 0);
}

#[cfg(feature = "lint")]
#[test]
fn squawks_rules_know_the_version_of_the_server() {
    let index = (
        "migrations/0002_index.sql",
        "create index users_email_idx on users (email);\n",
    );
    let place = Place::new(&[CLEAN, index]);
    let lint = place.run(&["migrate", "lint", "--pg-version", "15.0"]);
    assert_eq!(lint.code, 1, "{lint:?}");
    assert!(
        lint.stdout
            .contains("error[require-concurrent-index-creation]"),
        "{lint:?}"
    );
    let on = place.run(&[
        "migrate",
        "lint",
        "-e",
        "require-concurrent-index-creation",
        "-i",
        "require-table-schema",
    ]);
    assert!(on.stdout.contains("[require-table-schema]"), "{on:?}");
}

#[test]
fn files_that_are_no_migrations_are_an_error_with_all_that_is_wrong() {
    let place = Place::new(&[
        ("migrations/x_users.sql", "select 1;\n"),
        ("migrations/0001_.sql", ""),
    ]);
    let lint = place.run(&["migrate", "lint"]);
    assert_eq!(lint.code, 1, "{lint:?}");
    for found in [
        "x_users.sql:1:1: error[unsound-file]: the name must start with a version",
        "0001_.sql:1:1: error[unsound-file]: the name needs a description",
    ] {
        assert!(lint.stdout.contains(found), "{lint:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_hides_no_finding_in_the_others() {
    let place = Place::new(&[
        CLEAN,
        ENUM,
        ("migrations/0003_mark.sql", "vacuum;\n  -- no-transaction\n"),
        ("migrations/0004_empty.sql", "\n"),
        ("migrations/x_five.sql", "select 1;\n"),
    ]);
    let lint = place.run(&["migrate", "lint", "--json"]);
    assert_eq!(lint.code, 1, "{lint:?}");
    let value = lint.json();
    let found = value["findings"].as_array().unwrap();
    let found: Vec<String> = found
        .iter()
        .map(|one| {
            format!(
                "{}:{}:{} {}",
                one["file"], one["line"], one["column"], one["rule"]
            )
            .replace('"', "")
        })
        .collect();
    assert_eq!(
        found,
        [
            "migrations/0002_mood.sql:2:35 enum-value-used-in-transaction",
            "migrations/0003_mark.sql:1:1 needs-no-transaction",
            "migrations/0003_mark.sql:2:1 misplaced-no-transaction",
            "migrations/0004_empty.sql:1:1 unsound-file",
            "migrations/x_five.sql:1:1 unsound-file",
        ]
    );
    assert_eq!((&value["files"], &value["errors"]), (&json!(5), &json!(5)));
    let one = place.run(&["migrate", "lint", "migrations/0001_users.sql"]);
    assert_eq!((one.code, one.stdout.as_str()), (0, ""), "{one:?}");
    let text = place.run(&["migrate", "lint"]).stdout;
    assert!(text.contains("  2 |   -- no-transaction\n"), "{text}");
}

#[test]
fn a_way_back_that_cannot_be_read_is_not_missing() {
    let place = Place::new(&[
        ("migrations/0001_a.up.sql", "create table a ();\n"),
        ("migrations/0001_a.down.sql", ""),
        ("migrations/0002_b.up.sql", ""),
        ("migrations/0002_b.down.sql", "drop table b;\n"),
    ]);
    let value = place.run(&["migrate", "lint", "--json"]).json();
    let found = value["findings"].as_array().unwrap();
    let rules: Vec<&str> = found
        .iter()
        .filter_map(|one| one["rule"].as_str())
        .collect();
    assert_eq!(
        rules,
        ["unsound-file", "incomplete-down", "unsound-file"],
        "{value}"
    );
}
