//! A database that has its schema and no ledger gets a first file that makes the same.

use std::os::unix::fs::PermissionsExt as _;

use howdah_migrate::{Catalog, Fingerprint};
use howdah_testkit::{As, TestDatabase, TestServer};
use sqlx::{Connection as _, Executor as _, PgConnection, raw_sql};

use crate::migrate::{database, json, migrate, url};
use crate::support::Place;

/// Much of what a schema may hold, made by hand in the years before there were migrations.
const SCHEMA: &str = r#"
    create extension if not exists citext with schema public;
    create schema app;
    set search_path to app, public;
    create type mood as enum ('sad', 'ok', 'app.mood');
    create domain email as citext check (value ~ '@');
    create sequence tickets start 100;
    create table users (
      id bigserial primary key, name text not null unique, mail email, mood mood default 'ok'::mood,
      ticket bigint default nextval('tickets'), "Odd Name" int generated always as (1) stored
    );
    create table orders (
      id bigint generated always as identity, user_id bigint not null references users (id) on delete cascade,
      status text check (status in ('new', 'paid')), placed date not null
    ) partition by range (placed);
    create table orders_2026 partition of orders for values from ('2026-01-01') to ('2027-01-01');
    create index orders_status_idx on orders (lower(status)) where status is not null;
    create table app (app int, id int);
    create view open_orders as select o.*, u.name from orders o join users u on u.id = o.user_id;
    create view apps as select app.id, app.app from app;
    create materialized view user_count as select count(*) as n from users with no data;
    create function touch() returns trigger language plpgsql as $$ begin new.name := trim(new.name); return new; end $$;
    create trigger touch before insert on users for each row execute function touch();
    create function first_user() returns bigint language sql stable as $$ select min(id) from users $$;
    alter table users enable row level security;
    create policy own on users using (name = current_user);
    comment on table users is 'who; is app.users';
    comment on column orders.status is 'what';
    grant select on users to pg_monitor;
    insert into users (name) values ('x');
    reset search_path"#;

async fn connect(database: &TestDatabase) -> PgConnection {
    let url = url(&database.login(As::Superuser));
    PgConnection::connect(&url).await.unwrap()
}

/// Makes a schema by hand.
pub(crate) async fn execute(database: &TestDatabase, sql: &'static str) {
    let mut conn = connect(database).await;
    conn.execute(raw_sql(sql)).await.unwrap();
    conn.close().await.unwrap();
}

pub(crate) async fn fingerprint(database: &TestDatabase, schema: &str) -> Fingerprint {
    catalog(database, schema).await.fingerprint()
}

async fn catalog(database: &TestDatabase, schema: &str) -> Catalog {
    let mut conn = connect(database).await;
    let schema = schema.parse().unwrap();
    let catalog = Catalog::read(&mut conn, &schema).await.unwrap();
    assert!(catalog.names().len() > 1);
    catalog.without_privileges()
}

/// With the programs of the machine, docker among them.
pub(crate) fn place(files: &[(&str, &str)]) -> Place {
    Place::new(files).env(&[("PATH", "/usr/local/bin:/usr/bin:/bin")])
}

/// The server's own `pg_dump`, where this machine's may be too old for it.
pub(crate) async fn own_pg_dump() -> Vec<String> {
    let server = TestServer::shared().await.unwrap();
    let container = server.container_id();
    container.map_or_else(Vec::new, |id| vec!["--container".to_owned(), id.to_owned()])
}

pub(crate) fn all<'a>(args: &[&'a str], more: &'a [String]) -> Vec<&'a str> {
    let more = more.iter().map(String::as_str);
    args.iter().copied().chain(more).collect()
}

fn files(place: &Place) -> Vec<String> {
    let Ok(directory) = std::fs::read_dir(place.path().join("migrations")) else {
        return Vec::new();
    };
    let names = directory.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[tokio::test]
async fn the_first_file_makes_the_schema_that_is_there_and_is_stamped() {
    let old = database().await;
    execute(&old, SCHEMA).await;
    let place = place(&[]);
    let more = own_pg_dump().await;
    let args = [
        "baseline",
        "As it was",
        "--reason",
        "we come from psql",
        "--schema",
        "app",
        "--sequential",
    ];
    let shown = migrate(
        &place,
        &old,
        &all(&[&args[..], &["--dry-run"]].concat(), &more),
    );
    assert!(shown.code == 0 && files(&place).is_empty(), "{shown:?}");

    let done = migrate(
        &place,
        &old,
        &all(&[&args[..], &["--json"]].concat(), &more),
    );
    assert_eq!(done.code, 0, "{done:?}");
    let told = json(&done);
    assert_eq!(
        (told["proved"].as_bool(), told["stamped"].as_u64()),
        (Some(true), Some(1))
    );
    assert_eq!(told["version"], 1, "{told}");
    let script = place.read("migrations/0001_as_it_was.sql");
    assert_eq!(script, shown.stdout);
    let mut plain = script.lines().filter(|line| !line.contains('\''));
    assert_eq!(plain.find(|line| line.contains("app.")), None);
    for noise in [
        "\\restrict",
        "search_path",
        "OWNER",
        "GRANT",
        "SET statement_timeout",
    ] {
        assert!(!script.contains(noise), "{noise}: {script}");
    }
    let status = migrate(&place, &old, &["status", "--schema", "app"]);
    assert_eq!(
        (status.code, status.stdout.as_str()),
        (0, "applied  1  as it was\n")
    );
    let history = migrate(&place, &old, &["history", "--schema", "app"]);
    assert!(
        history.stdout.contains("because: we come from psql"),
        "{history:?}"
    );

    makes_the_same(&place, &old, &told["fingerprint"]).await;
    let again = migrate(&place, &old, &all(&args, &more));
    again.refused(
        2,
        &["a baseline is the first of all", "howdah migrate stamp"],
    );
}

/// In a new database, in that schema and in another one.
async fn makes_the_same(place: &Place, old: &TestDatabase, fingerprint: &serde_json::Value) {
    let new = database().await;
    for schema in ["app", "tenant"] {
        let up = migrate(place, &new, &["up", "--schema", schema]);
        assert_eq!(up.code, 0, "{up:?}");
    }
    let (made, wanted) = (catalog(&new, "app").await, catalog(old, "app").await);
    let tenant = catalog(&new, "tenant").await;
    assert_eq!(tenant.names().len(), wanted.names().len());
    assert_eq!(wanted.diff(&made), []);
    assert_eq!(wanted.fingerprint(), made.fingerprint());
    assert_eq!(*fingerprint, wanted.fingerprint().to_string());
}

#[tokio::test]
async fn what_cannot_become_a_baseline_is_refused_and_nothing_is_written() {
    let database = database().await;
    let place = place(&[]);
    let more = own_pg_dump().await;
    let args = ["baseline", "--reason", "x", "--schema", "app"];
    let empty = migrate(&place, &database, &all(&args, &more));
    empty.refused(2, &["there is nothing in the schema app"]);

    execute(&database, "create schema app; create table app.a ()").await;
    let old = place.write("old", "#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n");
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o755)).unwrap();
    let refused = migrate(
        &place,
        &database,
        &[&args[..], &["--pg-dump", "./old"]].concat(),
    );
    refused.refused(
        2,
        &[
            "./old is of PostgreSQL 9, and reads no newer server; this one is of 1",
            "--container",
        ],
    );
    let gone = migrate(
        &place,
        &database,
        &[&args[..], &["--pg-dump", "./gone"]].concat(),
    );
    gone.refused(1, &["./gone"]);

    execute(
        &database,
        "create schema other; create type other.t as enum ('a'); create table app.b (t other.t)",
    )
    .await;
    let elsewhere = migrate(&place, &database, &all(&args, &more));
    elsewhere.refused(1, &["other", "does not exist"]);
    assert_eq!(files(&place), [""; 0]);

    let unproved = all(&args, &more);
    let unproved = migrate(
        &place,
        &database,
        &[&unproved[..], &["--unproved", "--json"]].concat(),
    );
    assert_eq!(json(&unproved)["proved"], false);
}

#[tokio::test]
async fn the_servers_own_schema_public_becomes_a_baseline_too() {
    let old = database().await;
    execute(&old, "create table public.a (id bigserial primary key)").await;
    let place = place(&[]);
    let more = own_pg_dump().await;
    let args = ["baseline", "--reason", "x", "--schema", "public", "--json"];
    let done = migrate(&place, &old, &all(&args, &more));
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(json(&done)["proved"], true);
    let drift = migrate(&place, &old, &["drift", "--schema", "public"]);
    assert_eq!(drift.code, 0, "{drift:?}");
}
