//! Two databases that ran the same migrations have the same fingerprint, and nothing to tell.

use howdah_ident::SchemaName;
use howdah_migrate::{Catalog, Migrations, Migrator};
use howdah_testkit::TestServer;
use sqlx::PgConnection;

use crate::support::{TestDb, database, execute, ignore, number};

const EVERY_KIND: &str = include_str!("../data/every_kind.sql");
const WEIRD: &str = "we\"ird; drop--";

fn name(name: &str) -> SchemaName {
    name.parse().unwrap()
}

/// One of every kind of object in this schema.
pub(crate) async fn every_kind(conn: &mut PgConnection, schema: &SchemaName) -> Catalog {
    let sql = EVERY_KIND.replace("in schema app", &format!("in schema {schema}"));
    let sql =
        format!("create schema {schema}; set search_path to {schema}; {sql}; reset search_path");
    execute(conn, &sql).await;
    Catalog::read(conn, schema).await.unwrap()
}

pub(crate) fn assert_same(expected: &Catalog, found: &Catalog) {
    let lines: Vec<String> = expected
        .diff(found)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    assert_eq!(expected.fingerprint(), found.fingerprint());
}

#[tokio::test]
async fn the_name_of_the_schema_does_not_matter() {
    let db = database().await;
    let mut conn = db.connect().await;
    let app = every_kind(&mut conn, &name("app")).await;
    assert!(app.names().len() > 50);
    for other in [WEIRD, &"ä".repeat(31), &"x".repeat(63), "users", "select"] {
        let found = every_kind(&mut conn, &name(other)).await;
        assert_same(&app, &found);
    }
}

#[tokio::test]
async fn the_order_of_unrelated_objects_does_not_matter() {
    let (one, two) = (database().await, database().await);
    let (mut one, mut two) = (one.connect().await, two.connect().await);
    let tables = ["b", "a", "c"].map(|table| {
        format!(
            "create table app.{table} (id serial primary key, {table} text unique check ({table} <> ''));
             create index on app.{table} (lower({table}));
             create function app.{table}() returns text language sql as 'select 1::text';"
        )
    });
    execute(&mut one, &format!("create schema app; {}", tables.concat())).await;
    let [b, a, c] = tables;
    let gap = "create table app.gap (gone int, a int); alter table app.gap drop gone;";
    execute(&mut two, &format!("create schema app; {c}{a}{gap}{b}")).await;
    execute(&mut one, "create table app.gap (a int)").await;
    let app = name("app");
    let one = Catalog::read(&mut one, &app).await.unwrap();
    let two = Catalog::read(&mut two, &app).await.unwrap();
    assert_same(&one, &two);
}

#[tokio::test]
async fn the_role_that_migrates_and_the_ledger_do_not_matter() {
    let (one, two) = (database().await, database().await);
    let mut read = Vec::new();
    for (db, schema) in [(&one, "app"), (&two, "tenant_b")] {
        let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut options = db.options();
        options.schema = name(schema);
        Migrator::new(Migrations::read(migrations).unwrap(), options)
            .apply(db.connect_login().await, ignore)
            .await
            .unwrap();
        let mut conn = db.connect().await;
        let extra = format!(
            "set search_path to {schema}; create table _sqlx_migrations_more (id serial); create table _howdah_log (id serial primary key)"
        );
        if schema == "app" {
            execute(&mut conn, &extra).await;
        }
        read.push(Catalog::read(&mut conn, &name(schema)).await.unwrap());
    }
    assert_same(&read[0], &read[1]);
    assert!(
        read[0]
            .names()
            .all(|name| !name.to_string().contains("_sqlx_migrations"))
    );
    assert!(
        read[0]
            .names()
            .any(|name| name.to_string() == "table tenants: column slug")
    );
}

#[tokio::test]
async fn a_database_that_was_dumped_and_restored_is_the_same() {
    let (original, copy) = (database().await, database().await);
    let mut conn = original.connect().await;
    let app = name("app");
    every_kind(&mut conn, &app).await;
    let more = "set search_path to app;
        create table orders (
          status varchar(9) check (status in ('new', 'paid', 'sent')) default 'new',
          size text check (size = any (array['s', 'm'])),
          at timestamptz default '2026-01-01 00:00:00+00',
          took interval default '1 day 2 hours',
          weight float8 default 0.1,
          check (status <> all (array['old'::varchar, 'lost'::varchar]) or size is null)
        );
        create index on orders (status) where status in ('new', 'paid');
        create view open_orders as
          select o.status, u.name from orders o left join users u on u.name = o.status
          where o.status in ('new', 'paid') order by 1;
        create policy of_some on orders using (status in ('new', 'paid'));
        reset search_path";
    execute(&mut conn, more).await;
    dump_and_restore(&original, &copy).await;
    let expected = Catalog::read(&mut conn, &app).await.unwrap();
    let found = Catalog::read(&mut copy.connect().await, &app)
        .await
        .unwrap();
    assert_same(&expected, &found);
}

#[expect(clippy::disallowed_methods, reason = "pg_dump is a program")]
async fn dump_and_restore(from: &TestDb, to: &TestDb) {
    let server = TestServer::shared().await.unwrap();
    let login = server.superuser("postgres".parse().unwrap());
    let (host, port) = match server.container_id() {
        Some(_) => ("127.0.0.1".to_owned(), 5432),
        None => (login.host.host.clone(), login.host.port),
    };
    let script = format!(
        "PATH=/usr/lib/postgresql/{}/bin:$PATH; set -e; export PGUSER={} PGPASSWORD='{}' PGHOST={host} PGPORT={port}; \
         pg_dump {} > /tmp/{}.sql; psql -qX -v ON_ERROR_STOP=1 -f /tmp/{}.sql {}; rm /tmp/{}.sql",
        server.major(),
        login.user.as_str(),
        login.password.expose(),
        from.name(),
        from.name(),
        from.name(),
        to.name(),
        from.name(),
    );
    let mut program = vec!["sh", "-c", &script];
    if let Some(id) = server.container_id() {
        program.splice(0..0, ["docker", "exec", id]);
    }
    let mut command = std::process::Command::new(program[0]);
    command.args(&program[1..]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[tokio::test]
async fn a_type_of_an_extension_is_spelled_without_its_schema() {
    let (one, two) = (database().await, database().await);
    let mut read = Vec::new();
    for (db, schema) in [(&one, name("app")), (&two, name(WEIRD))] {
        let mut conn = db.connect().await;
        let sql = format!(
            "create schema {schema}; set search_path to {schema}; create extension hstore;
             create table t (h hstore default 'a=>1', check (h ? 'a')); create index on t using gin (h)"
        );
        execute(&mut conn, &sql).await;
        read.push(Catalog::read(&mut conn, &schema).await.unwrap());
    }
    assert_same(&read[0], &read[1]);
}

#[tokio::test]
async fn the_same_right_on_two_objects_is_two_differences() {
    let db = database().await;
    let mut conn = db.connect().await;
    let app = name("app");
    execute(
        &mut conn,
        "create schema app; create table app.t (a int); create view app.v as select a from app.t",
    )
    .await;
    let expected = Catalog::read(&mut conn, &app).await.unwrap();
    execute(
        &mut conn,
        "grant select on all tables in schema app to pg_monitor",
    )
    .await;
    let found = Catalog::read(&mut conn, &app).await.unwrap();
    assert_eq!(expected.diff(&found).len(), 2);
}

#[tokio::test]
async fn privileges_can_be_left_out() {
    let db = database().await;
    let mut conn = db.connect().await;
    let app = name("app");
    let expected = every_kind(&mut conn, &app).await;
    execute(
        &mut conn,
        "grant usage on schema app to pg_monitor; grant delete on app.users to pg_monitor;
         alter default privileges in schema app grant insert on tables to pg_monitor;
         alter default privileges in schema app grant usage on sequences to pg_monitor",
    )
    .await;
    let found = Catalog::read(&mut conn, &app).await.unwrap();
    assert_eq!(expected.diff(&found).len(), 4);
    assert_same(&expected.without_privileges(), &found.without_privileges());
}

#[tokio::test]
async fn what_the_server_changes_by_itself_does_not_matter() {
    let db = database().await;
    let mut conn = db.connect().await;
    let app = name("app");
    let expected = every_kind(&mut conn, &app).await;
    execute(
        &mut conn,
        "set search_path to app;
         insert into users (name, mail) select 'user ' || n, n || '@b' from generate_series(1, 100) as n;
         select nextval('tickets'); refresh materialized view user_count; analyze; reset search_path;
         set quote_all_identifiers to on; set timezone to 'Asia/Tokyo'; set datestyle to 'german';
         set standard_conforming_strings to off",
    )
    .await;
    execute(&mut conn, "vacuum full app.users").await;
    execute(
        &mut conn,
        "create temporary table users (); create temporary table mood ()",
    )
    .await;
    let found = Catalog::read(&mut conn, &app).await.unwrap();
    assert_same(&expected, &found);
    assert_eq!(number(&mut conn, "select count(*) from users").await, 0);
}

#[tokio::test]
async fn a_table_that_is_called_like_its_schema_is_no_difference() {
    let db = database().await;
    let mut conn = db.connect().await;
    let mut catalogs = Vec::new();
    for schema in ["app", "other"] {
        let sql = format!(
            "create schema {schema}; set search_path to {schema};
             create type mood as enum ('a');
             create table users (id int primary key);
             create table app (id int primary key, app int, users int, mood mood, note text);
             create function note(app) returns int language sql as $$ select 1 $$;
             create function twice(int) returns int language sql as $$ select 1 $$;
             create view v1 as select app.id, app.app, app.users, app.mood from app;
             create view v2 as select app.users from app join users on users.id = app.users where app.mood = 'a'::mood;
             create view v3 as select app.note, twice(app.id) from app;
             create index on app (twice(app)) ;
             alter table app add check (app.users > 0 and mood <> 'a'::mood);
             create view v4 as select app.* from app;
             create view v5 as select app from app;
             create rule r as on update to app do also insert into users values (new.users);
             create policy p on app using (exists (select from users where users.id = app.users));
             reset search_path"
        );
        execute(
            &mut conn,
            &sql.replace(
                "(int) returns int language sql as",
                "(int) returns int language sql immutable as",
            ),
        )
        .await;
        let schema = schema.parse().unwrap();
        catalogs.push(Catalog::read(&mut conn, &schema).await.unwrap());
    }
    assert_eq!(catalogs[0].diff(&catalogs[1]), []);
    assert_eq!(catalogs[0], catalogs[1]);
}
