//! Migrations that change what belongs to the whole server: a role is there once, for all databases.

use howdah_testkit::{As, TestDatabase, TestServer};
use sqlx::AssertSqlSafe;

use super::{database, migrate, url};
use crate::baseline::own_pg_dump;
use crate::support::Place;

/// A name that no other test has.
fn role(database: &TestDatabase) -> String {
    let name = database.login(As::Superuser).database;
    format!("role_of_{}", name.as_str())
}

fn place(role: &str) -> Place {
    let create = format!("-- who reads\ncreate role {role};\n");
    let drop = format!("drop role {role};\n");
    Place::new(&[
        ("migrations/0001_r.up.sql", &create),
        ("migrations/0001_r.down.sql", &drop),
        ("migrations/0002_b.sql", "create table b ();\n"),
    ])
}

async fn execute(database: &TestDatabase, sql: String) {
    let mut conn = database.connect(As::Superuser).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut conn)
        .await
        .unwrap();
}

async fn exists(database: &TestDatabase, role: &str) -> bool {
    let mut conn = database.connect(As::Superuser).await.unwrap();
    sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(role)
        .fetch_one(&mut conn)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_role_that_another_database_may_use_is_not_to_be_removed() {
    let database = database().await;
    let role = role(&database);
    execute(&database, format!("create role {role}")).await;
    let in_a_block = format!("do $$ begin create role {role}; end $$;\n");
    let of_a_database = "-- no-transaction\ncreate database postgres;\n";
    for (place, sqlstate) in [
        (place(&role), "42710"),
        (
            Place::new(&[("migrations/0001_r.sql", &in_a_block)]),
            "42710",
        ),
        (
            Place::new(&[("migrations/0001_r.sql", of_a_database)]),
            "42P04",
        ),
    ] {
        let up = migrate(&place, &database, &["up"]);
        up.refused(1, &[sqlstate, "belongs to the server", "howdah roles"]);
        assert!(!up.stderr.contains("remove it"), "{up:?}");
    }
    execute(&database, format!("drop role {role}")).await;
}

#[tokio::test]
async fn what_no_scratch_run_can_repeat_is_said_before_it_runs() {
    let database = database().await;
    let role = role(&database);
    // Where pg_dump, or an engine to run it in, is found.
    let place = place(&role).env(&[("PATH", "/usr/local/bin:/usr/bin:/bin")]);
    let own = own_pg_dump().await;
    let mut squash = vec!["squash", "all", "--dry-run"];
    squash.extend(own.iter().map(String::as_str));
    let commands: [&[&str]; 3] = [&["check-down"], &squash, &["drift"]];
    let parts = [
        "migrations/0001_r.up.sql:2:1: `create role` changes the whole server",
        "--shadow-url",
    ];
    for command in commands.iter().take(2) {
        migrate(&place, &database, command).refused(1, &parts);
        assert!(!exists(&database, &role).await, "{command:?}");
    }
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let here = url(&database.login(As::Superuser));
    for command in commands {
        let refused = migrate(&place, &database, command);
        refused.refused(1, &parts);
        assert!(!refused.stderr.contains("already exists"), "{refused:?}");
        // The same server, by another name.
        let named = [command, &["--shadow-url", &here]].concat();
        migrate(&place, &database, &named).refused(1, &parts);
    }
    let check = migrate(&place, &database, &["check-down"]);
    check.refused(1, &["migrations/0001_r.down.sql:1:1: `drop role`"]);
    assert!(exists(&database, &role).await);
    execute(&database, format!("drop role {role}")).await;
}

#[tokio::test]
async fn what_can_be_repeated_is_no_obstacle() {
    let database = database().await;
    let role = role(&database);
    let repeatable = format!(
        "do $$ begin if not exists (select from pg_roles where rolname = '{role}') then create role {role}; end if; \
         end $$;\nalter role {role} set search_path = 'public';\n"
    );
    let place = Place::new(&[("migrations/0001_r.sql", &repeatable)]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    assert_eq!(migrate(&place, &database, &["drift"]).code, 0);
    execute(&database, format!("drop role {role}")).await;
}

#[tokio::test]
async fn another_server_is_for_that_and_what_stays_there_is_said() {
    let database = database().await;
    let role = role(&database);
    let place = place(&role);
    // Where the version of a local server is not the wanted one, another container is.
    let elsewhere = match TestServer::local().await {
        Ok(server) => server,
        Err(_) => TestServer::container().await.unwrap(),
    };
    let login = elsewhere.superuser("postgres".parse().unwrap());
    let check = migrate(
        &place,
        &database,
        &["check-down", "--shadow-url", &url(&login)],
    );
    let note = "note: migrations/0001_r.up.sql:2:1: `create role` changes the whole server of the scratch database, and \
                stays so there";
    check.refused(0, &[note]);
    assert!(check.stdout.starts_with("sound  1  r"), "{check:?}");
    assert!(!exists(&database, &role).await);
}
