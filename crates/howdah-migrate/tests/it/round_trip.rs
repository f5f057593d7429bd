//! Back and forth: a way back that does not do what it promises is told with what is different.

use expect_test::expect;
use howdah_migrate::{Error, RoundTrip, Version};

use crate::support::{Files, TestDb, chain, database, execute, ignore, schema};

const USERS: (&str, &str) = (
    "0001_users.up.sql",
    "create table users (id bigint primary key, email text);\ncreate index users_email_idx on users (email);\n",
);
const USERS_DOWN: (&str, &str) = ("0001_users.down.sql", "drop table users;\n");
const SEED: (&str, &str) = ("0002_seed.sql", "insert into users values (1, 'a');\n");
const NAME: (&str, &str) = ("0003_name.up.sql", "alter table users add name text;\n");
const NAME_DOWN: (&str, &str) = ("0003_name.down.sql", "alter table users drop name;\n");

async fn round_trip(db: &TestDb, files: &Files, after: i64) -> Result<RoundTrip, Error> {
    let conn = db.connect_login().await;
    let after = Version::new(after);
    db.migrator(files).round_trip(conn, after, ignore).await
}

fn told(files: &Files, round: &RoundTrip) -> String {
    let mut lines = Vec::new();
    for trip in &round.trips {
        let sound = if trip.is_sound() {
            "sound"
        } else {
            "not sound"
        };
        lines.push(format!("{}: {sound}", files.strip(&trip.step.file)));
        for flaw in &trip.flaws {
            lines.push(format!("  {}", files.strip(flaw)));
            let failure = flaw.error().and_then(std::error::Error::source);
            lines.extend(failure.map(|failure| {
                let text = files.strip(&failure);
                format!("  {}", text.lines().next().unwrap_or_default())
            }));
        }
    }
    for (what, steps) in [
        ("forward only", &round.forward_only),
        ("unchecked", &round.unchecked),
    ] {
        lines.extend(
            steps
                .iter()
                .map(|step| format!("{what}: {}", files.strip(&step.file))),
        );
    }
    lines.join("\n")
}

#[tokio::test]
async fn a_way_back_is_sound_when_everything_is_as_before() {
    let db = database().await;
    let index = (
        "0004_index.up.sql",
        "-- no-transaction\ncreate index concurrently users_name_idx on users (name);\n",
    );
    let index_down = (
        "0004_index.down.sql",
        "-- no-transaction\ndrop index concurrently users_name_idx;\n",
    );
    let files = Files::new(&[USERS, USERS_DOWN, SEED, NAME, NAME_DOWN, index, index_down]);
    let round = round_trip(&db, &files, 0).await.unwrap();
    expect![[r"
        0001_users.down.sql: sound
        0003_name.down.sql: sound
        0004_index.down.sql: sound
        forward only: 0002_seed.sql"]]
    .assert_eq(&told(&files, &round));
    assert!(round.is_sound());
    assert_eq!(db.advisory_locks().await, 0);
}

#[tokio::test]
async fn what_a_way_back_forgets_is_told_and_the_next_ones_are_tried() {
    let db = database().await;
    let forgetful = (
        "0002_more.up.sql",
        "create table if not exists notes (id int);\nalter table users add note text default '';\n\
         create or replace function one() returns int language sql as 'select 1';\n",
    );
    let forgetful_down = ("0002_more.down.sql", "alter table users drop note;\n");
    let files = Files::new(&[
        USERS,
        USERS_DOWN,
        forgetful,
        forgetful_down,
        NAME,
        NAME_DOWN,
    ]);
    let round = round_trip(&db, &files, 0).await.unwrap();
    expect![[r"
        0001_users.down.sql: sound
        0002_more.down.sql: not sound
          after the way back: table notes is unexpected
          after the way back: function one() is unexpected
        0003_name.down.sql: sound"]]
    .assert_eq(&told(&files, &round));
    assert!(!round.is_sound());
}

#[tokio::test]
async fn behind_a_migration_that_cannot_run_again_another_round_begins() {
    let db = database().await;
    let left = ("0002_notes.up.sql", "create table notes (id int);\n");
    let left_down = ("0002_notes.down.sql", "select 1;\n");
    let files = Files::new(&[USERS, USERS_DOWN, left, left_down, NAME, NAME_DOWN]);
    let round = round_trip(&db, &files, 0).await.unwrap();
    expect![[r#"
        0001_users.down.sql: sound
        0002_notes.down.sql: not sound
          after the way back: table notes is unexpected
          after the way back, the migration fails: the migration 0002_notes.up.sql failed
          0002_notes.up.sql:1: relation "notes" already exists (SQLSTATE 42P07)
        unchecked: 0003_name.up.sql"#]]
    .assert_eq(&told(&files, &round));

    let next = database().await;
    let last = round.last().unwrap().as_i64();
    let round = round_trip(&next, &files, last).await.unwrap();
    expect!["0003_name.down.sql: sound"].assert_eq(&told(&files, &round));
}

#[tokio::test]
async fn a_way_back_that_fails_does_not_hide_the_next_one() {
    let db = database().await;
    let wrong = ("0002_notes.up.sql", "create table notes (id int);\n");
    let wrong_down = ("0002_notes.down.sql", "drop table note;\n");
    let commits = ("0004_more.up.sql", "create table more ();\n");
    let commits_down = ("0004_more.down.sql", "drop table more;\ncommit;\n");
    let files = Files::new(&[
        USERS,
        USERS_DOWN,
        wrong,
        wrong_down,
        NAME,
        NAME_DOWN,
        commits,
        commits_down,
    ]);
    let round = round_trip(&db, &files, 0).await.unwrap();
    expect![[r#"
        0001_users.down.sql: sound
        0002_notes.down.sql: not sound
          the way back fails: the migration 0002_notes.down.sql failed
          0002_notes.down.sql:1: table "note" does not exist (SQLSTATE 42P01)
        0003_name.down.sql: sound
        0004_more.down.sql: not sound
          the way back fails: 1 problem before the first migration, nothing was executed
          0004_more.down.sql:2: `commit` would break the transaction that the file shares with its row of the ledger: remove it, or split the file"#]].assert_eq(&told(&files, &round));
}

#[tokio::test]
async fn a_column_that_comes_back_at_the_end_is_a_minor_flaw() {
    let db = database().await;
    let gone = ("0002_gone.up.sql", "alter table users drop id;\n");
    let gone_down = (
        "0002_gone.down.sql",
        "alter table users add id bigint primary key;\n",
    );
    let files = Files::new(&[USERS, USERS_DOWN, gone, gone_down]);
    let round = round_trip(&db, &files, 0).await.unwrap();
    assert!(round.is_sound(), "{round:?}");
    assert_eq!(round.trips[1].flaws.len(), 1);
    assert!(round.trips[1].flaws[0].is_minor());
}

#[tokio::test]
async fn a_migration_that_fails_the_first_time_is_an_error() {
    let db = database().await;
    let files = Files::new(&[
        USERS,
        USERS_DOWN,
        ("0002_wrong.sql", "create tabel a ();\n"),
    ]);
    let error = round_trip(&db, &files, 0).await.unwrap_err();
    assert!(
        chain(&error).contains("0002_wrong.sql:1:8"),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn a_database_in_use_is_left_alone() {
    let db = database().await;
    let files = Files::new(&[USERS, USERS_DOWN]);
    let mut conn = db.connect().await;
    let theirs = format!("create schema {0}; create table {0}.theirs ()", schema());
    execute(&mut conn, &theirs).await;
    let error = round_trip(&db, &files, 0).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("is not empty (for example: table theirs)")
    );
}
