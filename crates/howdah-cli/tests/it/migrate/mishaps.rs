//! What goes wrong halfway, and what is said about it.

use std::time::Duration;

use howdah_testkit::As;
use rustix::process::Signal;
use sqlx::{Executor as _, PgConnection};

use super::{FIRST, FIRST_DOWN, database, end, migrate, start, url};
use crate::support::Place;

const SECOND: (&str, &str) = ("migrations/0002_b.up.sql", "create table b ();\n");
const BAD_WAY_BACK: (&str, &str) = (
    "migrations/0002_b.down.sql",
    "drop table b; create view b as select 1;\n",
);

#[tokio::test]
async fn a_redo_that_failed_half_way_does_not_take_back_another_migration() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND, BAD_WAY_BACK]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let failed = migrate(&place, &database, &["redo"]);
    failed.refused(1, &["2 b is taken back, and pending"]);
    let again = migrate(&place, &database, &["redo"]);
    again.refused(
        1,
        &["0002_b.up.sql is pending", "`howdah migrate up` first"],
    );
    assert_eq!(migrate(&place, &database, &["current"]).stdout, "1  a\n");
}

#[tokio::test]
async fn a_run_that_fails_says_what_it_had_done() {
    let database = database().await;
    let place = Place::new(&[
        FIRST,
        FIRST_DOWN,
        ("migrations/0002_b.sql", "select 1 / 0;\n"),
    ]);
    let failed = migrate(&place, &database, &["up"]);
    failed.refused(
        1,
        &["applied before that, and stay so: 1\n", "(SQLSTATE 22012)"],
    );
}

#[tokio::test]
async fn a_late_migration_is_warned_of_by_up_too() {
    let database = database().await;
    let place = Place::new(&[("migrations/0009_b.sql", "create table b ();\n")]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    place.write("migrations/0008_a.sql", "create table a ();\n");
    let up = migrate(&place, &database, &["up", "--out-of-order", "warn"]);
    assert!(up.code == 0 && up.stderr.contains("older than 9"), "{up:?}");
}

#[tokio::test]
async fn the_log_names_the_host_though_no_variable_does() {
    let database = database().await;
    let place = Place::new(&[FIRST]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let history = migrate(&place, &database, &["history", "--json"]).json();
    let host = rustix::system::uname();
    assert_eq!(
        history["history"][0]["host"],
        host.nodename().to_str().unwrap()
    );
}

#[tokio::test]
async fn a_server_s_answer_has_its_code_and_not_the_line_of_its_source() {
    let database = database().await;
    let place = Place::new(&[FIRST]);
    let mut login = database.login(As::Superuser);
    login.database = "nowhere_at_all".parse().unwrap();
    let refused = place.run(&["migrate", "status", "--url", &url(&login)]);
    refused.refused(1, &["(SQLSTATE 3D000)"]);
    assert!(!refused.stderr.contains("at line"), "{refused:?}");
}

const SLEEPING: &str = "select exists (select from pg_stat_activity where datname = current_database() \
     and state = 'active' and query like '%pg_sleep(600)%' and pid <> pg_backend_pid())";
const LOCKED: &str = "select exists (select from pg_locks where locktype = 'advisory' \
     and database = (select oid from pg_database where datname = current_database()))";

async fn until(conn: &mut PgConnection, sql: &'static str) {
    let asking = async {
        while !sqlx::query_scalar::<_, bool>(sql)
            .fetch_one(&mut *conn)
            .await
            .unwrap()
        {}
    };
    let asked = tokio::time::timeout(Duration::from_secs(30), asking).await;
    asked.unwrap_or_else(|_elapsed| panic!("not so in time: {sql}"));
}

#[tokio::test]
async fn a_run_that_is_told_to_stop_cancels_its_statement_and_says_where_it_was() {
    let database = database().await;
    let slow = (
        "migrations/0002_b.sql",
        "create table b ();\nselect pg_sleep(600);\n",
    );
    let place = Place::new(&[FIRST, FIRST_DOWN, slow]);
    let mut conn = database.connect(As::Superuser).await.unwrap();
    for (signal, name) in [(Signal::INT, "Ctrl-C"), (Signal::TERM, "SIGTERM")] {
        let up = start(&place, &database, &["up"]);
        until(&mut conn, SLEEPING).await;
        let at = "0002_b.sql:2: ";
        let next =
            "next: this run was told to stop, and cancelled it: nothing of this file was kept";
        end(up, signal).refused(1, &["stopped by", name, at, "(SQLSTATE 57014)", next]);
        let locked = sqlx::query_scalar::<_, bool>(LOCKED);
        assert!(!locked.fetch_one(&mut conn).await.unwrap());
    }
    place.write(slow.0, "create table b ();\n");
    let up = migrate(&place, &database, &["up"]);
    assert!(up.stdout.starts_with("applied 1\n2  b"), "{up:?}");
}

#[tokio::test]
async fn what_was_cancelled_when_it_was_stopped_has_its_place() {
    let database = database().await;
    let place = Place::new(&[("migrations/0001_slow.sql", "select pg_sleep(600);\n")]);
    let up = start(&place, &database, &["up", "--json"]);
    let mut conn = database.connect(As::Superuser).await.unwrap();
    until(&mut conn, SLEEPING).await;
    let stopped = end(up, Signal::TERM);
    stopped.refused(1, &["stopped by SIGTERM"]);
    let error = &stopped.json()["error"];
    assert_eq!(error["sqlstate"], "57014", "{error}");
    assert_eq!(
        error["failure"]["file"], "migrations/0001_slow.sql",
        "{error}"
    );
}

#[tokio::test]
async fn a_run_that_is_ended_leaves_no_lock() {
    let database = database().await;
    let place = Place::new(&[("migrations/0001_a.sql", "select pg_sleep(600);\n")]);
    let mut up = start(&place, &database, &["up"]);
    let mut conn = database.connect(As::Superuser).await.unwrap();
    until(&mut conn, SLEEPING).await;
    up.kill().unwrap();
    up.wait().unwrap();
    // PostgreSQL 13 cannot notice that its client is gone.
    until(
        &mut conn,
        "select current_setting('server_version_num')::int < 140000 or not exists (select from pg_locks \
         where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()))",
    )
    .await;
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' \
               and datname = current_database() and pid <> pg_backend_pid()";
    conn.execute(end).await.unwrap();
}

#[test]
fn a_new_file_holds_nothing_but_its_comment_and_sorts_behind_the_others() {
    let place = Place::new(&[("migrations/0001_a.sql", "select 1;\n")]);
    let new = place.run(&["migrate", "new", "tidy up\ndrop table victim"]);
    assert_eq!(new.code, 0, "{new:?}");
    let text = place.read("migrations/0002_tidy_up_drop_table_victim.sql");
    assert_eq!(text, "-- tidy up drop table victim\n");

    let place = Place::new(&[("migrations/9999_a.sql", "select 1;\n")]);
    let new = place.run(&["migrate", "new", "b", "--sequential"]);
    new.refused(2, &["10000, has more digits than the others"]);
    let last = format!("migrations/{}_a.sql", i64::MAX);
    let place = Place::new(&[(&last, "select 1;\n")]);
    let new = place.run(&["migrate", "new", "b"]);
    new.refused(2, &["there is no version behind"]);
}

#[test]
fn a_reason_is_not_empty() {
    let place = Place::new(&[FIRST]);
    for command in ["stamp", "repair", "baseline"] {
        place
            .run(&["migrate", command, "--reason", ""])
            .refused(2, &["--reason"]);
    }
}
