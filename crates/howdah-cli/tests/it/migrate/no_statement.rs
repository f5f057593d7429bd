//! A file that `new` wrote and nobody filled in.

use super::{database, migrate};
use crate::support::Place;

#[tokio::test]
async fn what_up_refuses_is_found_by_lint_and_verify() {
    let database = database().await;
    for template in ["add-index", "not-null", "foreign-key"] {
        let place = Place::new(&[("migrations/0001_a.sql", "create table a ();\n")]);
        let new = ["migrate", "new", "hello", "--template", template];
        assert_eq!(place.run(&new).code, 0);
        let words = "a `-- no-transaction` file without a statement does nothing";
        for command in ["up", "verify"] {
            let done = migrate(&place, &database, &[command]);
            assert_eq!(done.code, 1, "{done:?}");
            assert!(done.stderr.contains(words), "{done:?}");
        }
        let lint = place.run(&["migrate", "lint"]);
        assert_eq!(lint.code, 1, "{lint:?}");
        let found = format!("_hello.sql:1:1: error[no-statement]: {words}");
        assert!(lint.stdout.contains(&found), "{lint:?}");
    }
}

#[tokio::test]
async fn a_file_that_nobody_filled_in_is_said_and_no_error() {
    let database = database().await;
    let place = Place::new(&[("migrations/0001_a.sql", "create table a ();\n")]);
    assert_eq!(place.run(&["migrate", "new", "hello"]).code, 0);
    let words = "does nothing: it has no statement";
    let lint = place.run(&["migrate", "lint"]);
    assert_eq!(lint.code, 0, "{lint:?}");
    let found = format!("_hello.sql:1:1: warning[no-statement]: {words}");
    assert!(lint.stdout.contains(&found), "{lint:?}");
    migrate(&place, &database, &["plan"]).refused(3, &["_hello.sql:", words]);
    migrate(&place, &database, &["up"]).refused(0, &["_hello.sql:", words]);
    let again = migrate(&place, &database, &["plan"]);
    assert!(!again.stderr.contains(words), "{again:?}");
}
