//! Where there is nothing to do, each command says so in its own words.

use super::{FIRST, FIRST_DOWN, database, migrate};
use crate::support::Place;

#[tokio::test]
async fn each_command_says_in_its_own_words_that_there_is_nothing_to_do() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let because = ["--reason", "x"];
    let says = |args: &[&str], words: &str| {
        let done = migrate(&place, &database, args);
        assert_eq!(
            (done.code, done.stdout.as_str()),
            (0, format!("{words}\n").as_str()),
            "{done:?}"
        );
    };
    says(&["down"], "nothing to take back");
    says(&["up", "-n", "0"], "nothing to apply");
    let pending = migrate(&place, &database, &["redo"]);
    pending.refused(1, &["0001_a.up.sql is pending"]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    says(&["up"], "nothing to apply");
    says(
        &[&["stamp"], &because[..]].concat(),
        "nothing to stamp: nothing is pending",
    );
    for flags in [&[][..], &["--dry-run"]] {
        says(
            &[&["repair"], &because[..], flags].concat(),
            "nothing to repair: no file was edited after it was applied",
        );
    }
    let empty = Place::new(&[]);
    empty.write("migrations/readme.md", "");
    let redo = migrate(&empty, &self::database().await, &["redo"]);
    assert_eq!(redo.stdout, "nothing to do again\n", "{redo:?}");
}
