//! The role that a file without a transaction takes on: it holds to the end of the file, and no longer.

use howdah_migrate::{Migrator, Options};
use sqlx::PgConnection;

use crate::support::{Files, TestDb, chain, database, execute, ignore, schema, text};

/// As the superuser, who may become anybody.
async fn apply(db: &TestDb, files: &Files) -> Result<(), String> {
    let mut options = Options::new(schema());
    options.role = Some(db.owner.clone());
    options.lock_deadline = db.options().lock_deadline;
    let migrator = Migrator::new(files.migrations(), options);
    let applied = migrator.apply(db.connect().await, ignore).await;
    applied.map(drop).map_err(|error| chain(&error))
}

async fn owner_of(conn: &mut PgConnection, schema: &str) -> String {
    let sql =
        format!("select nspowner::regrole::text from pg_namespace where nspname = '{schema}'");
    text(conn, &sql).await
}

/// A database whose login may make schemas, too.
async fn place() -> (TestDb, PgConnection) {
    let db = database().await;
    let mut admin = db.connect().await;
    let grant = format!("grant create on database {} to {}", db.name(), db.login);
    execute(&mut admin, &grant).await;
    (db, admin)
}

/// The second schema is made outside a transaction, the third by the next file.
const BODY: &str = "select 1;
create schema x1;
do $$ begin create schema x2; commit; end $$;
";

#[tokio::test]
async fn a_role_holds_to_the_end_of_its_file() {
    for set in [
        "set role LOGIN",
        "SET SESSION ROLE LOGIN",
        "set session authorization LOGIN",
        "select set_config('role', 'LOGIN', false)",
        "reset role; set role LOGIN",
    ] {
        let (db, mut admin) = place().await;
        let login = db.login.as_str();
        let set = set.replace("LOGIN", login);
        let files = Files::new(&[
            ("0001_a.sql", &format!("-- no-transaction\n{set};\n{BODY}")),
            ("0002_b.sql", "create schema x3;"),
        ]);
        apply(&db, &files).await.unwrap();
        assert_eq!(owner_of(&mut admin, "x1").await, login, "{set}");
        assert_eq!(owner_of(&mut admin, "x2").await, login, "{set}");
        assert_eq!(owner_of(&mut admin, "x3").await, db.owner.as_str(), "{set}");
    }
}

#[tokio::test]
async fn a_role_that_is_set_back_is_no_longer_held() {
    let (db, mut admin) = place().await;
    let (login, owner) = (db.login.as_str(), db.owner.as_str());
    let file = format!(
        "-- no-transaction\nset role {login};\ncreate schema x1;\nset role {owner};\n{}",
        BODY.replace("x1", "x4")
    );
    apply(&db, &Files::new(&[("0001_a.sql", &file)]))
        .await
        .unwrap();
    assert_eq!(owner_of(&mut admin, "x1").await, login);
    assert_eq!(owner_of(&mut admin, "x4").await, owner);
    assert_eq!(owner_of(&mut admin, "x2").await, owner);
}

#[tokio::test]
async fn a_role_for_one_transaction_is_none_for_the_file() {
    let (db, mut admin) = place().await;
    let login = db.login.as_str();
    let file = format!(
        "-- no-transaction\nset local role {login};\nselect set_config('role', '{login}', true);\n{BODY}"
    );
    apply(&db, &Files::new(&[("0001_a.sql", &file)]))
        .await
        .unwrap();
    assert_eq!(owner_of(&mut admin, "x1").await, db.owner.as_str());
    assert_eq!(owner_of(&mut admin, "x2").await, db.owner.as_str());
}

#[tokio::test]
async fn a_role_holds_in_the_run_that_goes_on_behind_it() {
    let (db, mut admin) = place().await;
    let login = db.login.as_str();
    let file = format!("-- no-transaction\nset role {login};\nselect 2;\n");
    let files = Files::new(&[("0001_a.sql", &format!("{file}select 1 / 0;\n{BODY}"))]);
    apply(&db, &files).await.unwrap_err();
    files.write("0001_a.sql", format!("{file}{BODY}"));
    apply(&db, &files).await.unwrap();
    assert_eq!(owner_of(&mut admin, "x1").await, login);
    assert_eq!(owner_of(&mut admin, "x2").await, login);
}
