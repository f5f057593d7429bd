use serde_json::json;

use crate::support::Place;

#[test]
fn variables_of_standard_input_are_replaced() {
    let place = Place::empty()
        .input("on ${HOST:-localhost}, $X")
        .env(&[("X", "y")]);
    assert_eq!(place.text(&["config", "interpolate"]), "on localhost, y");
}

#[test]
fn json_holds_the_text_and_the_names() {
    let place = Place::empty().input("\"$X\"\n$Y").env(&[("X", "a\"b")]);
    let printed = place.json(&["config", "interpolate", "--unset", "empty"]);
    let expected = json!({ "text": "\"a\"b\"\n", "variables": ["X"], "unset": ["Y"] });
    assert_eq!(printed, expected);
}

#[test]
fn an_error_says_its_line_and_column() {
    for (text, words) in [
        ("a\nb: é$X", "standard input:2:5: variable X is not set"),
        ("\n\n${X:?why}", "standard input:3:1: required variable X"),
        (
            "\nx ${Y:-a $X}",
            "standard input:2:10: variable X is not set",
        ),
        ("${X", "standard input:1:1: "),
    ] {
        let place = Place::empty().input(text);
        for json in [&[][..], &["--json"]] {
            let done = place.run(&[&["config", "interpolate"], json].concat());
            done.refused(2, &[words]);
            assert_eq!(done.stdout, "");
        }
    }
}

#[test]
fn input_that_is_not_utf_8_is_a_usage_error_with_its_offset() {
    let place = Place::empty().input(b"ab\n\xffcd");
    place
        .run(&["config", "interpolate"])
        .refused(2, &["not UTF-8 at byte offset 3"]);
}
