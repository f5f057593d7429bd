//! In production, what can lose data runs only where somebody has said so.

use howdah_testkit::{As, TestDatabase};

use super::{FIRST, FIRST_DOWN, database, migrate, url};
use crate::support::Place;

const DROP: (&str, &str) = (
    "migrations/0002_less.sql",
    "-- drop table b;\nalter table a add n text default 'truncate a', drop id;\n  delete from a;\n",
);

/// With a schema of the first file, and settings that say production.
fn production(database: &TestDatabase, args: &[&str]) -> (Place, String) {
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let first = migrate(&place, database, &[&["up"], args].concat());
    assert_eq!(first.code, 0, "{first:?}");
    let login = database.login(As::Superuser);
    let place = place.env(&[("DB_PW", login.password.expose())]);
    let settings = "{ environment: production, tls: { local_plaintext: true }, secrets: { app: { env: DB_PW } } }";
    place.write("howdah.yaml", &format!("database: {settings}\n"));
    let url = url(&login).replace(&format!(":{}@", login.password.expose()), "@");
    (place, url)
}

#[tokio::test]
async fn up_says_what_can_lose_data_and_where_and_runs_nothing_without_yes() {
    let database = database().await;
    let (place, url) = production(&database, &[]);
    place.write("migrations/0002_more.sql", "create table c ();\n");
    let run = |args: &[&str]| place.run(&[&["migrate"], args, &["--url", &url]].concat());
    assert_eq!(run(&["up"]).code, 0, "nothing can be lost");
    place.write("migrations/0003_less.sql", DROP.1);
    let refused = run(&["up"]);
    let words = [
        "this is production, and what is pending may lose data: give --yes\n",
        "migrations/0003_less.sql:2:48: `drop column`\n",
        "migrations/0003_less.sql:3:3: `delete without where`\n",
    ];
    refused.refused(1, &words);
    assert_eq!(
        refused.stderr.matches("0003_less").count(),
        2,
        "{refused:?}"
    );
    let status = run(&["status"]);
    assert_eq!(status.code, 3, "{status:?}");
    assert_eq!(run(&["up", "--to", "2"]).code, 0, "it is not reached");
    let done = run(&["up", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
}

#[tokio::test]
async fn many_schemas_are_asked_about_once() {
    let database = database().await;
    let many = ["--schemas", "t1,t2"];
    let (place, url) = production(&database, &many);
    place.write(DROP.0, DROP.1);
    let run = |args: &[&str]| place.run(&[&["migrate"], args, &many, &["--url", &url]].concat());
    let refused = run(&["up"]);
    refused.refused(1, &["give --yes", "0002_less.sql:2:48: `drop column`"]);
    assert_eq!(refused.stderr.matches(":2:48").count(), 1, "{refused:?}");
    let status = run(&["status"]);
    assert!(
        status.stdout.contains("2 with something pending"),
        "{status:?}"
    );
    let done = run(&["up", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
}

#[tokio::test]
async fn taking_nothing_back_is_not_asked_about() {
    let database = database().await;
    let (place, url) = production(&database, &[]);
    let none = place.run(&["migrate", "down", "-n", "0", "--url", &url]);
    assert_eq!(
        (none.code, none.stdout.as_str()),
        (0, "nothing to take back\n"),
        "{none:?}"
    );
}

#[tokio::test]
async fn elsewhere_nobody_is_asked() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, DROP]);
    let done = migrate(&place, &database, &["up"]);
    assert_eq!(done.code, 0, "{done:?}");
}
