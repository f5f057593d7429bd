//! Many files become one, which makes the same and runs on new databases alone.

use crate::baseline::{all, execute, fingerprint, own_pg_dump, place};
use crate::migrate::{database, json, migrate};
use crate::support::Place;

const USERS: (&str, &str) = (
    "migrations/0001_users.sql",
    "create table users (id bigserial primary key, name text);\n",
);
const INDEX: (&str, &str) = (
    "migrations/0002_index.sql",
    "-- no-transaction\ncreate index concurrently users_name_idx on users (name);\n",
);
const RENAME: (&str, &str) = (
    "migrations/0003_rename.sql",
    "alter table users rename name to full_name;\ngrant select on users to pg_monitor;\n",
);
const ROWS: (&str, &str) = (
    "migrations/0003_rows.sql",
    "insert into users (name) values ('app.users'), ('b');\n",
);
const LATER: (&str, &str) = (
    "migrations/0009_later.sql",
    "create view names as select full_name from users;\n",
);

fn remove(place: &Place, files: &[(&str, &str)]) {
    for (name, _) in files {
        std::fs::remove_file(place.path().join(name)).unwrap();
    }
}

#[tokio::test]
async fn one_file_takes_the_place_of_many_and_old_databases_run_nothing() {
    let (old, new) = (database().await, database().await);
    let place = place(&[USERS, INDEX, RENAME, LATER]);
    assert_eq!(migrate(&place, &old, &["up"]).code, 0);
    let before = fingerprint(&old, "public").await;

    let more = own_pg_dump().await;
    let args = ["squash", "All so far", "--to", "3", "--json"];
    let shown = migrate(
        &place,
        &old,
        &all(&[&args[..], &["--dry-run"]].concat(), &more),
    );
    assert_eq!(shown.code, 0, "{shown:?}");
    let done = migrate(&place, &old, &all(&args, &more));
    assert_eq!(done.code, 0, "{done:?}");
    let told = json(&done);
    assert_eq!(told["file"], "migrations/0004_all_so_far.sql".to_owned());
    assert_eq!(told["replaces"], serde_json::json!([1, 2, 3]));
    let script = place.read("migrations/0004_all_so_far.sql");
    assert_eq!(json(&shown)["script"], script);
    assert!(
        script.starts_with("-- howdah: replaces 1..=3\n"),
        "{script}"
    );
    assert!(
        script.contains("GRANT SELECT ON TABLE users TO pg_monitor"),
        "{script}"
    );

    for gone in [&[][..], &[USERS, INDEX, RENAME]] {
        remove(&place, gone);
        let settled = |args: &[&'static str]| {
            let done = migrate(&place, &old, args);
            assert_eq!(done.code, 0, "{done:?}");
            done
        };
        for command in ["status", "plan", "verify"] {
            let line = "applied  4  all so far (as 3 older migration(s): the next `up`";
            let done = settled(&[command]);
            assert!(done.stdout.contains(line), "{done:?}");
        }
        assert_eq!(settled(&["current"]).stdout, "9  later\n");
        let many = settled(&["plan", "--schemas", "public"]).stdout;
        assert!(many.starts_with("public: "), "{many}");
        let told = json(&settled(&["status", "--json"]));
        let steps = told["applied"].as_array().unwrap().iter();
        let squash = steps.into_iter().find(|step| step["version"] == 4).unwrap();
        assert_eq!(squash["state"], "unsettled");
        assert_eq!(squash["replaces"], serde_json::json!([1, 2, 3]));
        let up = json(&migrate(&place, &old, &["up", "--json"]));
        assert_eq!(up["applied"].as_array().unwrap().len(), 0);
        assert_eq!(up["replaced"][0]["version"], 4);
        let status = settled(&["status"]);
        assert!(
            status.stdout.contains("applied  4  all so far\n"),
            "{status:?}"
        );
    }
    assert_eq!(fingerprint(&old, "public").await, before);
    assert_eq!(migrate(&place, &new, &["up"]).code, 0);
    assert_eq!(fingerprint(&new, "public").await, before);
}

#[tokio::test]
async fn rows_are_never_left_out_in_silence() {
    let database = database().await;
    let place = place(&[USERS, ROWS]);
    let more = own_pg_dump().await;
    let squash = |flags: &[&'static str]| {
        let args = [&["squash"][..], flags].concat();
        migrate(&place, &database, &all(&args, &more))
    };
    squash(&[]).refused(1, &["rows of users", "--with-data", "--schema-only"]);
    assert_eq!(
        std::fs::read_dir(place.path().join("migrations"))
            .unwrap()
            .count(),
        2
    );

    let left_out = squash(&["--schema-only", "--dry-run"]);
    assert!(
        left_out.stderr.contains("left out: rows of users"),
        "{left_out:?}"
    );
    assert!(!left_out.stdout.contains("INSERT"), "{left_out:?}");

    let kept = squash(&["--with-data"]);
    assert_eq!(
        (kept.code, kept.stdout.as_str()),
        (0, "migrations/0004_squash.sql\n"),
        "{kept:?}"
    );
    let script = place.read("migrations/0004_squash.sql");
    assert!(
        script.contains("INSERT INTO users (id, name) VALUES (1, 'app.users');"),
        "{script}"
    );
    assert!(
        script.contains("setval('users_id_seq', 2, true)"),
        "{script}"
    );
    remove(&place, &[USERS, ROWS]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    execute(&database, "insert into users (name) values ('c')").await;
}

#[tokio::test]
async fn what_is_made_elsewhere_is_told() {
    let database = database().await;
    let elsewhere = (
        "migrations/0003_elsewhere.sql",
        "create schema other;\ncreate table other.t ();\ncreate extension citext;\n\
         alter table users alter name type citext;\n",
    );
    let place = place(&[USERS, elsewhere]);
    let more = own_pg_dump().await;
    let refused = migrate(&place, &database, &all(&["squash", "--with-data"], &more));
    refused.refused(1, &["schema other", "table other.t"]);
    assert!(!refused.stderr.contains("extension citext"), "{refused:?}");
    let done = migrate(&place, &database, &all(&["squash", "--schema-only"], &more));
    assert_eq!(done.code, 0, "{done:?}");
    let script = place.read("migrations/0004_squash.sql");
    assert!(
        script.contains("create extension if not exists \"citext\";"),
        "{script}"
    );
}

#[tokio::test]
async fn what_cannot_be_squashed_is_refused_before_any_database_is_made() {
    let database = database().await;
    let place = place(&[USERS]);
    let squash =
        |args: &[&'static str]| migrate(&place, &database, &[&["squash"][..], args].concat());
    squash(&[]).refused(2, &["is the only one"]);
    place.write(INDEX.0, INDEX.1);
    place.write(RENAME.0, RENAME.1);
    squash(&["--to", "2"]).refused(
        2,
        &["there is no free version between migrations/0002_index.sql and"],
    );
    squash(&["--to", "8"]).refused(2, &["there is no migration of the version 8"]);
    place.write(
        "migrations/0004_one.sql",
        "-- howdah: replaces 1..=3\ncreate table users ();\n",
    );
    squash(&[]).refused(
        2,
        &["migrations/0004_one.sql replaces migrations/0001_users.sql, which is still there"],
    );
}

/// The files are gone, as `squash` says they may be, and nothing has been applied since.
#[tokio::test]
async fn a_database_that_has_what_was_squashed_is_not_empty() {
    let database = database().await;
    let place = place(&[USERS, RENAME]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let more = own_pg_dump().await;
    let squash = migrate(&place, &database, &all(&["squash"], &more));
    assert_eq!(squash.code, 0, "{squash:?}");
    remove(&place, &[USERS, RENAME]);
    let current = migrate(&place, &database, &["current"]);
    assert_eq!(current.stdout, "4  squash\n", "{current:?}");
    let down = migrate(&place, &database, &["down"]);
    down.refused(
        1,
        &["0004_squash.sql: it has no .down.sql file, so it cannot be taken back"],
    );
    let drift = migrate(&place, &database, &["drift"]);
    assert_eq!(drift.code, 0, "{drift:?}");

    let up = "migrations/0004_squash.up.sql";
    std::fs::rename(
        place.path().join("migrations/0004_squash.sql"),
        place.path().join(up),
    )
    .unwrap();
    place.write("migrations/0004_squash.down.sql", "drop table users;\n");
    let down = migrate(&place, &database, &["down"]);
    assert_eq!(down.code, 0, "{down:?}");
    assert!(
        down.stdout.starts_with("took back 1\n4  squash"),
        "{down:?}"
    );
    let current = migrate(&place, &database, &["current"]);
    assert_eq!(current.stdout, "nothing is applied\n", "{current:?}");
}

#[tokio::test]
async fn where_a_part_is_applied_and_the_files_are_gone_it_says_what_to_do() {
    let database = database().await;
    let place = place(&[USERS]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    remove(&place, &[USERS]);
    place.write(
        "migrations/0004_one.sql",
        "-- howdah: replaces 1..=3\ncreate table users ();\n",
    );
    for command in ["status", "plan", "verify", "current", "down", "up"] {
        let part = migrate(&place, &database, &[command]);
        part.refused(
            1,
            &[
                "of which 2..=3 did not end here",
                "apply what is missing first",
            ],
        );
        assert!(!part.stdout.contains("nothing is applied"), "{part:?}");
    }
}
