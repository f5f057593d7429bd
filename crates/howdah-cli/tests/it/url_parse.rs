use serde_json::json;

use crate::support::Place;

#[test]
fn the_parts_are_printed_as_given_and_nothing_is_filled_in() {
    let url = "postgresql://app:p%40ss@[::1]:5433,db2/shop?sslmode=verify-full";
    let parts = Place::empty().json(&["url", "parse", url]);
    let expected = json!({
        "user": "app",
        "password": true,
        "dbname": "shop",
        "hosts": [
            { "host": "::1", "hostaddr": null, "port": 5433 },
            { "host": "db2", "hostaddr": null, "port": null },
        ],
        "params": { "sslmode": "verify-full" },
    });
    assert_eq!(parts, expected);
}

#[test]
fn what_is_not_given_is_null() {
    let parts = Place::empty().json(&["url", "parse", "postgresql://"]);
    let expected = json!({
        "user": null, "password": false, "dbname": null, "hosts": [], "params": {},
    });
    assert_eq!(parts, expected);
}

#[test]
fn an_address_beside_the_host_is_a_text() {
    let parts = Place::empty().json(&["url", "parse", "host=db hostaddr=10.0.0.5 port=1"]);
    assert_eq!(
        parts["hosts"],
        json!([{ "host": "db", "hostaddr": "10.0.0.5", "port": 1 }])
    );
}

#[test]
fn people_get_a_line_for_each_part() {
    let url = "postgresql://app:pw@db:5433/shop?application_name=x";
    let text = Place::empty().text(&["url", "parse", url]);
    let expected = "\
user              app
password          given, not shown
dbname            shop
host              db, port 5433
application_name  x
";
    assert_eq!(text, expected);
}

#[test]
fn a_dash_reads_one_line_of_standard_input() {
    for input in [
        "postgres://u:p@h/d",
        "postgres://u:p@h/d\n",
        "postgres://u:p@h/d\r\nmore\n",
    ] {
        let parts = Place::empty().input(input).json(&["url", "parse", "-"]);
        assert_eq!(parts["dbname"], "d", "{input:?}");
    }
}

#[test]
fn a_bad_url_is_one_sentence_and_exit_code_2() {
    for args in [
        &["postgresql://u:p@h:99999/d"][..],
        &["postgres://u:p/w@h/d"],
        &["mysql://u@h/d"],
        &["-x"],
        &["--", "-x"],
        &[""],
        &[],
        &["-"],
        &["postgres://u:a", "b@h/d"],
        &["postgres://u@h/d?application_name=my", "service"],
        &["postgres://u@h/d?sslmode=maybe"],
    ] {
        for json in [&[][..], &["--json"]] {
            let all = [&["url", "parse"], json, args].concat();
            let done = Place::empty().run(&all);
            assert_eq!(done.code, 2, "{args:?}: {done:?}");
            assert_eq!(done.stdout, "", "{args:?}");
            assert_eq!(done.stderr.lines().count(), 1, "{args:?}: {done:?}");
        }
    }
}

#[test]
fn a_notice_is_not_among_the_data() {
    let done = Place::empty().run(&["url", "parse", "postgresql+asyncpg://u@h/d", "--json"]);
    assert_eq!(done.code, 0);
    assert!(done.stderr.contains("+asyncpg"), "{done:?}");
    assert_eq!(done.json()["user"], "u");
}
