//! `howdah migrate` on a real database, by its URL.

mod check_down;
mod drift;
mod errors;
mod history;
mod lint;
mod losses;
mod mishaps;
mod no_statement;
mod nothing;
mod problems;
mod progress;
mod server_wide;
mod sql;
mod tenants;
mod usage;

use std::process::{Child, Command, Stdio};

use howdah_testkit::fault::{PgBouncer, PoolMode};
use howdah_testkit::{As, Login, Migrations, Roles, Setup, TestDatabase};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::Executor as _;

use crate::support::{Done, Place};

const FIRST: (&str, &str) = ("migrations/0001_a.up.sql", "create table a (id int);\n");
const FIRST_DOWN: (&str, &str) = ("migrations/0001_a.down.sql", "drop table a;\n");
const SECOND: (&str, &str) = ("migrations/0002_b.sql", "create table b ();\n");

pub(crate) async fn database() -> TestDatabase {
    let setup = Setup::new().migrations(Migrations::None).roles(Roles::Off);
    setup.database().await.unwrap()
}

pub(crate) fn url(login: &Login) -> String {
    let (user, password) = (login.user.as_str(), login.password.expose());
    let (host, port) = (&login.host.host, login.host.port);
    format!(
        "postgres://{user}:{password}@{host}:{port}/{}?sslmode=disable",
        login.database.as_str()
    )
}

/// Runs it with the database's URL.
pub(crate) fn migrate(place: &Place, database: &TestDatabase, args: &[&str]) -> Done {
    let url = url(&database.login(As::Superuser));
    let mut all = vec!["migrate"];
    all.extend(args);
    all.extend(["--url", &url]);
    let done = place.run(&all);
    let password = database.login(As::Superuser).password;
    assert!(!format!("{done:?}").contains(password.expose()), "{done:?}");
    done
}

/// Starts it, for a test that ends it.
fn start(place: &Place, database: &TestDatabase, args: &[&str]) -> Child {
    #[expect(
        clippy::disallowed_methods,
        reason = "the command under test, which the test ends"
    )]
    Command::new(env!("CARGO_BIN_EXE_howdah"))
        .arg("migrate")
        .args(args)
        .arg("--url")
        .arg(url(&database.login(As::Superuser)))
        .current_dir(place.path())
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

pub(crate) fn json(done: &Done) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

#[tokio::test]
async fn a_schema_goes_forward_and_back() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let status = migrate(&place, &database, &["status"]);
    assert_eq!(
        (status.code, status.stdout.as_str()),
        (3, "pending  1  a\n")
    );
    assert_eq!(
        json(&migrate(&place, &database, &["up", "--json"]))["applied"][0]["version"],
        1
    );
    assert_eq!(migrate(&place, &database, &["verify"]).code, 0);
    assert_eq!(migrate(&place, &database, &["current"]).stdout, "1  a\n");

    place.write(SECOND.0, SECOND.1);
    assert_eq!(migrate(&place, &database, &["plan", "-n", "0"]).code, 0);
    assert_eq!(migrate(&place, &database, &["up", "--to", "2"]).code, 0);
    let refused = migrate(&place, &database, &["down"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused
            .stderr
            .contains("0002_b.sql: it has no .down.sql file"),
        "{refused:?}"
    );

    place.write("migrations/0002_b.sql", "create table b (); -- edited\n");
    assert!(
        migrate(&place, &database, &["status"])
            .stderr
            .contains("was edited after it was applied")
    );
    let edited = json(&migrate(
        &place,
        &database,
        &["repair", "--reason", "a comment", "--dry-run", "--json"],
    ));
    assert_eq!(edited["edited"].as_array().unwrap().len(), 1);
    assert_eq!(
        migrate(&place, &database, &["repair", "--reason", "a comment"]).code,
        0
    );
    assert_eq!(migrate(&place, &database, &["status"]).code, 0);
    let history = migrate(&place, &database, &["history"]).stdout;
    assert!(
        history.contains("repaired  2  b") && history.contains("because: a comment"),
        "{history}"
    );
}

#[tokio::test]
async fn what_was_undone_by_hand_is_given_up_with_a_reason() {
    let database = database().await;
    let broken = "-- no-transaction\ncreate table a (id int);\nvacuum nothing;\n";
    let place = Place::new(&[("migrations/0001_a.sql", broken)]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 1);
    let give_up = ["repair", "--abandon", "1", "--reason", "dropped by hand"];
    let done = json(&migrate(
        &place,
        &database,
        &[&give_up[..], &["--json"]].concat(),
    ));
    assert_eq!(done["abandoned"][0]["version"], 1);
    let history = migrate(&place, &database, &["history"]).stdout;
    assert!(
        history.contains("abandoned  1  a") && history.contains("because: dropped by hand"),
        "{history}"
    );
    migrate(&place, &database, &give_up).refused(1, &["nothing of it is unfinished"]);
    let zero = ["repair", "--abandon", "0", "--reason", "x"];
    migrate(&place, &database, &zero).refused(2, &["a version is above zero"]);
}

#[tokio::test]
async fn the_newest_is_taken_back_and_done_again() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let plan = json(&migrate(
        &place,
        &database,
        &["down", "--dry-run", "--json"],
    ));
    assert_eq!(plan["steps"][0]["version"], 1);
    let again = json(&migrate(&place, &database, &["redo", "--json"]));
    assert_eq!(
        (
            again["applied"][0]["version"].as_i64(),
            again["reverted"][0]["version"].as_i64()
        ),
        (Some(1), Some(1))
    );
    assert_eq!(
        json(&migrate(
            &place,
            &database,
            &["down", "--to", "0", "--json"]
        ))["reverted"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        migrate(&place, &database, &["current"]).stdout,
        "nothing is applied\n"
    );
    let stamped = json(&migrate(
        &place,
        &database,
        &["stamp", "--reason", "restored", "--json"],
    ));
    assert_eq!(stamped["stamped"][0]["version"], 1);
}

#[tokio::test]
async fn many_schemas_are_migrated_in_one_call_and_one_failure_is_its_own() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN, SECOND]);
    let list = ["--schemas", "t1,t2,t3", "--connections", "2"];
    let of = |command: &'static str, json: bool| {
        let mut args = [&[command], list.as_slice()].concat();
        args.extend(json.then_some("--json"));
        args
    };
    let mut admin = database.connect(As::Superuser).await.unwrap();
    admin
        .execute("create schema t2; create table t2.b ()")
        .await
        .unwrap();
    let up = migrate(&place, &database, &of("up", true));
    assert_eq!(up.code, 1, "{up:?}");
    let value = json(&up);
    assert_eq!(
        (&value["applied"], &value["failed"]),
        (&4.into(), &1.into())
    );
    let error = &value["schemas"][1]["error"];
    assert_eq!(error["sqlstate"], "42P07", "{value}");
    assert_eq!(error["failure"]["file"], SECOND.0, "{value}");
    let status = migrate(&place, &database, &["status", "--all-schemas"]);
    assert_eq!(status.code, 3);
    assert_eq!(
        status.stdout,
        "t1: 2 applied, 0 pending\nt2: 1 applied, 1 pending\nt3: 2 applied, 0 pending\n\
         3 schemas, 1 with something pending, 0 failed\n"
    );
    admin.execute("drop table t2.b").await.unwrap();
    let again = migrate(&place, &database, &of("up", false));
    assert_eq!(again.code, 0, "{again:?}");
    assert!(
        again
            .stderr
            .contains("1 migration(s) applied in 3 schemas, 0 failed"),
        "{again:?}"
    );
    let query = "select nspname from pg_namespace where nspname ~ '^t[0-9]$' order by 1";
    let verify = migrate(&place, &database, &["verify", "--schemas-from", query]);
    assert_eq!(verify.code, 0, "{verify:?}");
    migrate(&place, &database, &["down", "--all-schemas"])
        .refused(2, &["status, plan, verify and up only"]);
    migrate(&place, &database, &["up", "--schemas", "t1,pg_x"]).refused(2, &["pg_x"]);
}

#[tokio::test]
async fn what_may_lose_data_is_asked_for_in_production() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let login = database.login(As::Superuser);
    let place = place.env(&[("DB_PW", login.password.expose())]);
    let settings = "{ environment: production, tls: { local_plaintext: true }, secrets: { app: { env: DB_PW } } }";
    place.write("howdah.yaml", &format!("database: {settings}\n"));
    let url = url(&login).replace(&format!(":{}@", login.password.expose()), "@");
    for command in ["down", "redo"] {
        let refused = place.run(&["migrate", command, "--url", &url]);
        refused.refused(1, &["give --yes"]);
    }
    let down = place.run(&["migrate", "down", "--yes", "--url", &url]);
    assert_eq!(down.code, 0, "{down:?}");
}

#[tokio::test]
async fn what_needs_a_session_goes_past_the_pooler_where_the_settings_know_the_way() {
    let database = database().await;
    let login = database.login(As::Superuser);
    let bouncer = PgBouncer::in_front_of(std::slice::from_ref(&login), PoolMode::Transaction, 2);
    let bouncer = bouncer.await.unwrap();
    let vacuum = ("migrations/0002_v.sql", "-- no-transaction\nvacuum;\n");
    let place = Place::new(&[FIRST, vacuum]).env(&[("DB_PW", login.password.expose())]);
    let pooler = bouncer.login(&login);
    let settings = format!(
        "database:\n  host: {}\n  port: {}\n  name: {}\n  schema: app\n  tls: {{ mode: disable }}\n  \
         roles: {{ migrator: {} }}\n  secrets: {{ migrator: {{ env: DB_PW }} }}\n",
        pooler.host.host,
        pooler.host.port,
        login.database.as_str(),
        login.user.as_str(),
    );
    place.write("howdah.yaml", &settings);
    let role = ["--role", login.user.as_str()];
    let up = |place: &Place| place.run(&[["migrate", "up"], role].concat());
    up(&place).refused(1, &["`database.direct_url`", "0002_v.sql"]);

    let place = place.env(&[("DIRECT_URL", &url(&login))]);
    for schemas in [&[][..], &["--schemas", "app"]] {
        let by_url = ["migrate", "up", "--url", &url(&pooler)];
        let by_url = place.run(&[&by_url, schemas].concat());
        assert_eq!(by_url.code, 1, "{by_url:?}");
        let words = "which overrides `database.direct_url`: give the server's own address there";
        assert!(by_url.stderr.contains(words), "{by_url:?}");
    }
    let done = up(&place);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        !format!("{done:?}").contains(login.password.expose()),
        "{done:?}"
    );
}

#[test]
fn a_new_file_is_behind_all_others() {
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    let new = place.run(&["migrate", "new", "Add users' e-mail", "--reversible"]);
    assert_eq!(
        new.stdout,
        "migrations/0002_add_users_e_mail.up.sql\nmigrations/0002_add_users_e_mail.down.sql\n",
        "{new:?}"
    );
    let place = Place::empty();
    let new = place.run(&[
        "migrate",
        "new",
        "an index",
        "--template",
        "add-index",
        "--json",
    ]);
    let version = json(&new)["version"].as_i64().unwrap().to_string();
    assert!(
        version.len() == 14 && version.starts_with("20"),
        "{version}"
    );
    let text = std::fs::read_to_string(
        place
            .path()
            .join(format!("migrations/{version}_an_index.sql")),
    )
    .unwrap();
    assert!(
        text.starts_with("-- no-transaction\n") && text.contains("create index concurrently"),
        "{text}"
    );
}

/// Asks a program to end, and waits until it does.
fn end(child: Child, signal: Signal) -> Done {
    let pid = Pid::from_child(&child);
    kill_process(pid, signal).unwrap();
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
