//! `howdah migrate drift`: one change by hand is one line, and the scratch database is gone afterwards.

use std::process::Child;

use howdah_testkit::{As, TestDatabase};
use rustix::process::Signal;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor as _, raw_sql};

use super::{FIRST, FIRST_DOWN, SECOND, database, end, migrate, start, url};
use crate::support::Place;

const SLOW: (&str, &str) = ("migrations/0003_slow.sql", "select pg_sleep(600);\n");

async fn execute(database: &TestDatabase, sql: &str) {
    let mut conn = database.connect(As::Superuser).await.unwrap();
    conn.execute(raw_sql(AssertSqlSafe(sql.to_owned())))
        .await
        .unwrap();
}

async fn count(database: &TestDatabase, sql: &str) -> i64 {
    let mut conn = database.connect(As::Superuser).await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(&mut conn)
        .await
        .unwrap()
}

/// Of scratch databases that this test has made.
async fn scratches(database: &TestDatabase) -> i64 {
    let sql = "select count(*) from pg_database where starts_with(datname, left(current_database(), 30) || '_shadow_')";
    count(database, sql).await
}

#[tokio::test]
async fn one_change_by_hand_is_one_line() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    migrate(&place, &database, &["drift"]).refused(1, &["no migration is applied"]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    place.write(SECOND.0, SECOND.1);
    let none = migrate(&place, &database, &["drift"]);
    assert_eq!(
        (none.code, none.stdout.as_str()),
        (
            0,
            "no drift: the schema public is as its migrations make it\n"
        ),
        "{none:?}"
    );
    assert!(
        none.stderr
            .contains("1 pending migration(s) are not compared")
    );

    execute(&database, "alter table a alter id type bigint").await;
    let drift = migrate(&place, &database, &["drift"]);
    assert_eq!(
        (drift.code, drift.stdout.as_str()),
        (3, "table a: column id: type is bigint, expected integer\n"),
        "{drift:?}"
    );
    let value = migrate(&place, &database, &["drift", "--json"]).json();
    let one = json!({
        "object": "table a: column id", "kind": "column", "name": "id", "of": "a", "change": "changed",
        "what": "type", "expected": "integer", "found": "bigint", "minor": false,
    });
    assert_eq!(value["differences"], json!([one]), "{value}");
    assert_eq!(scratches(&database).await, 0);
}

#[tokio::test]
async fn privileges_count_on_demand() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    execute(&database, "grant select on a to public").await;
    assert_eq!(migrate(&place, &database, &["drift"]).code, 0);
    let drift = migrate(&place, &database, &["drift", "--privileges"]);
    assert_eq!(drift.code, 3, "{drift:?}");
    assert_eq!(drift.stdout.lines().count(), 1, "{drift:?}");
}

#[tokio::test]
async fn another_login_may_make_the_scratch_database() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let name = format!("{}_reader", database.name().as_str());
    execute(&database, &format!("create role {name} login password 'reader'; grant select on all tables in schema public to {name}")).await;
    let admin = url(&database.login(As::Superuser));
    let (_, rest) = admin.split_once('@').unwrap();
    let reader = format!("postgres://{name}:reader@{rest}");
    let alone = place.run(&["migrate", "drift", "--url", &reader]);
    alone.refused(2, &["may not create databases", "give --shadow-url"]);
    let both = place.run(&["migrate", "drift", "--url", &reader, "--shadow-url", &admin]);
    assert_eq!(both.code, 0, "{both:?}");
    let place = place.env(&[("HOWDAH_SHADOW_URL", &admin)]);
    let by_variable = place.run(&["migrate", "drift", "--url", &reader]);
    assert_eq!(by_variable.code, 0, "{by_variable:?}");
    let password = database.login(As::Superuser).password;
    assert!(!format!("{both:?}").contains(password.expose()));
    execute(
        &database,
        &format!("drop owned by {name}; drop role {name}"),
    )
    .await;
}

#[tokio::test]
async fn an_error_leaves_no_scratch_database() {
    let database = database().await;
    let place = Place::new(&[
        FIRST,
        FIRST_DOWN,
        ("migrations/0002_b.sql", "select nonsense;\n"),
    ]);
    let stamp = migrate(&place, &database, &["stamp", "--reason", "a test"]);
    assert_eq!(stamp.code, 0, "{stamp:?}");
    migrate(&place, &database, &["drift"]).refused(1, &["0002_b.sql:1:8"]);
    assert_eq!(scratches(&database).await, 0);
}

/// Runs until it is in the middle of a migration in its scratch database.
async fn in_the_middle(place: &Place, database: &TestDatabase) -> Child {
    let child = start(place, database, &["drift"]);
    let sleeps = "select count(*) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid() \
                  and starts_with(datname, left(current_database(), 30) || '_shadow_')";
    let asking = async { while count(database, sleeps).await == 0 {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), asking)
        .await
        .unwrap();
    child
}

#[tokio::test]
async fn whoever_is_stopped_drops_the_scratch_database_and_after_a_kill_the_next_one_does() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    place.write(SLOW.0, SLOW.1);
    let stamp = migrate(&place, &database, &["stamp", "--reason", "a test"]);
    assert_eq!(stamp.code, 0, "{stamp:?}");
    for (signal, name) in [(Signal::INT, "Ctrl-C"), (Signal::TERM, "SIGTERM")] {
        let child = in_the_middle(&place, &database).await;
        assert_eq!(scratches(&database).await, 1);
        end(child, signal).refused(1, &["stopped by", name]);
        assert_eq!(scratches(&database).await, 0);
    }
    let child = in_the_middle(&place, &database).await;
    end(child, Signal::KILL);
    assert_eq!(scratches(&database).await, 1);
    place.write(SLOW.0, "select 1;\n");
    let repair = migrate(&place, &database, &["repair", "--reason", "a test"]);
    assert_eq!(repair.code, 0, "{repair:?}");
    assert_eq!(migrate(&place, &database, &["drift"]).code, 0);
    assert_eq!(scratches(&database).await, 0);
}
