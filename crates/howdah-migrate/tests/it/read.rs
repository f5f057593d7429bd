use expect_test::expect;
use howdah_migrate::{Error, Migrations};

use crate::support::Files;

fn problems(files: &Files) -> String {
    files.strip(&Migrations::read(files.path()).unwrap_err())
}

#[test]
fn files_are_read_in_the_order_of_their_versions() {
    let files = Files::new(&[
        ("0002_add_users.up.sql", "create table users ();"),
        ("0002_add_users.down.sql", "drop table users;"),
        ("0003_index_users.sql", "-- no-transaction\nvacuum"),
        ("0001_init.sql", "select 1"),
        ("README.md", "not a migration"),
    ]);
    std::fs::create_dir(files.path().join("0004_folder.sql")).unwrap();
    let migrations = files.migrations();
    let read: Vec<_> = migrations
        .iter()
        .map(|migration| {
            (
                migration.version().as_i64(),
                migration.description(),
                migration.is_transactional(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            (1, "init", true),
            (2, "add users", true),
            (3, "index users", false)
        ]
    );
    assert!(
        migrations
            .iter()
            .all(|migration| migration.file().contains("/000"))
    );
}

#[test]
fn all_problems_are_reported_at_once_with_their_places() {
    let files = Files::new(&[
        ("0001_init.sql", "select 1"),
        ("0001_twin.sql", "select 1"),
        ("002_short.sql", "select 1"),
        ("0003_alone.down.sql", "select 1"),
        ("x_users.sql", "select 1"),
    ]);
    files.write("0006_latin.sql", b"select 1;\nselect '\xe4';");
    files.write("0007_nul.sql", b"select 1;\n\n\0");
    expect![[r"
        6 problems in the migration files
          0001_twin.sql: the version 1 is taken by 0001_init.sql: give one of them a new version
          0003_alone.down.sql: there is no .up.sql file of the same version that this one takes back
          0006_latin.sql:2: the file is not UTF-8
          0007_nul.sql:3: the file holds a NUL byte, which SQL cannot
          002_short.sql: it sorts behind 0003_alone.down.sql by name but runs before it by version: write all versions with the same number of digits
          x_users.sql: the name must start with a version: a number above zero, such as the UTC time 20260101000001"]]
    .assert_eq(&problems(&files));
}

#[test]
fn a_missing_directory_is_named() {
    let error = Migrations::read("no/such/directory").unwrap_err();
    assert!(matches!(error, Error::Read { .. }));
    assert_eq!(error.to_string(), "cannot read no/such/directory");
}

#[tokio::test]
async fn what_sqlx_compiled_in_is_what_the_directory_holds() {
    let files = Files::new(&[
        ("0001_init.sql", "select 1"),
        ("0002_add_users.up.sql", "\u{feff}create table users ();"),
        ("0002_add_users.down.sql", "drop table users;"),
        ("0003_index_users.sql", "-- no-transaction\nvacuum"),
    ]);
    let stock = sqlx::migrate::Migrator::new(files.path()).await.unwrap();
    let embedded = Migrations::embedded(&stock).unwrap();
    let summary = |migrations: &Migrations| {
        migrations
            .iter()
            .map(|migration| {
                (
                    migration.version(),
                    migration.description().to_owned(),
                    migration.sql().to_owned(),
                    migration.is_transactional(),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(summary(&embedded), summary(&files.migrations()));
    let file_names: Vec<_> = embedded
        .iter()
        .map(|migration| migration.file().to_owned())
        .collect();
    assert_eq!(
        file_names,
        ["1_init.sql", "2_add_users.up.sql", "3_index_users.sql"]
    );
}
