//! How a catalog is read: by whom, in what session, and at what cost.

use howdah_migrate::Catalog;
use howdah_testkit::fault::Proxy;
use sqlx::ConnectOptions as _;

use crate::support::{database, execute, number, schema, text};

#[tokio::test]
async fn a_role_that_may_only_select_reads_all_of_it_in_a_read_only_session() {
    let db = database().await;
    let mut admin = db.connect().await;
    let login = &db.login;
    execute(
        &mut admin,
        &format!(
            "create schema app; set search_path to app; {}; grant usage on schema app to {login};
             grant select on all tables in schema app to {login}; revoke all on function twice from public;
             reset search_path",
            include_str!("../data/every_kind.sql")
        ),
    )
    .await;
    let expected = Catalog::read(&mut admin, &schema()).await.unwrap();
    let mut conn = db.connect_login().await;
    execute(&mut conn, "set default_transaction_read_only to on").await;
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    assert_eq!(expected, found);
}

#[tokio::test]
async fn the_session_and_an_open_transaction_are_left_as_they_were() {
    let db = database().await;
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        "create schema app; set search_path to app; set timezone to 'Asia/Tokyo'",
    )
    .await;
    Catalog::read(&mut conn, &schema()).await.unwrap();
    let settings = "select current_setting('search_path') || ' ' || current_setting('timezone') || ' ' || current_setting('transaction_read_only')";
    assert_eq!(text(&mut conn, settings).await, "app Asia/Tokyo off");

    execute(
        &mut conn,
        "begin; create table mine (id int); set local search_path to app, public",
    )
    .await;
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    assert!(found.names().any(|name| name.to_string() == "table mine"));
    assert_eq!(
        text(&mut conn, settings).await,
        "app, public Asia/Tokyo off"
    );
    execute(&mut conn, "commit").await;
    assert_eq!(number(&mut conn, "select count(*) from mine").await, 0);
    assert_eq!(text(&mut conn, settings).await, "app Asia/Tokyo off");
}

#[tokio::test]
async fn a_failure_does_not_end_the_transaction_that_it_was_called_in() {
    let db = database().await;
    let mut conn = db.connect().await;
    execute(&mut conn, "create schema app; create table app.t (id int)").await;
    let mut other = db.connect().await;
    execute(&mut other, "begin; create view app.v as select id from app.t; commit; begin; lock table app.v in access exclusive mode").await;
    execute(
        &mut conn,
        "begin; create table app.mine (); set local lock_timeout to '50ms'",
    )
    .await;
    let error = Catalog::read(&mut conn, &schema()).await.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("55P03"), "{error}");
    assert!(error.is_retryable());
    execute(&mut conn, "commit").await;
    assert_eq!(number(&mut conn, "select count(*) from app.mine").await, 0);
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_one_difference() {
    let db = database().await;
    let mut conn = db.connect().await;
    let nothing = Catalog::read(&mut conn, &schema()).await.unwrap();
    assert_eq!(nothing.names().len(), 0);
    execute(
        &mut conn,
        "create schema app; create table app.t (id int primary key)",
    )
    .await;
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    let told = nothing.diff(&found);
    assert_eq!(
        (told.len(), told[0].to_string().as_str()),
        (1, "schema is unexpected")
    );
}

#[tokio::test]
async fn an_extension_stands_for_its_members() {
    let db = database().await;
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        "create schema app; create extension hstore schema app",
    )
    .await;
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    let names: Vec<String> = found.names().map(ToString::to_string).collect();
    assert_eq!(names, ["schema", "extension hstore"]);
}

#[tokio::test]
async fn a_thousand_tables_take_as_many_queries_as_one() {
    let db = database().await;
    let options = db.login_options();
    let proxy = Proxy::to((options.get_host(), options.get_port())).unwrap();
    let mut conn = options
        .host("127.0.0.1")
        .port(proxy.port())
        .connect()
        .await
        .unwrap();
    let mut admin = db.connect().await;
    execute(&mut admin, "create schema app; create table app.t (id int)").await;
    let before = proxy.counts().round_trips();
    Catalog::read(&mut conn, &schema()).await.unwrap();
    let once = proxy.counts().round_trips() - before;
    let many = "do $$ begin for n in 1..1000 loop execute format(
        'create table app.%1$I (id serial primary key, name text not null default %1$L check (name <> %2$L),
           other int references app.%1$I (id), at timestamptz default now());
         create index on app.%1$I (name); create index on app.%1$I (lower(name)) where id > 5;
         create view app.%3$I as select id, name from app.%1$I; create type app.%4$I as enum (%1$L);
         create function app.%1$I() returns trigger language plpgsql as %5$L;
         create trigger t before insert on app.%1$I for each row execute function app.%1$I();
         comment on table app.%1$I is %1$L; grant select on app.%1$I to pg_monitor', 't' || n, '', 'v' || n, 'e' || n, 'begin return new; end');
      if n % 100 = 0 then commit; end if; end loop; end $$";
    execute(&mut admin, many).await;
    let before = proxy.counts().round_trips();
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    assert_eq!(proxy.counts().round_trips() - before, once);
    assert!(once <= 22, "{once}");
    assert!(found.names().len() > 15_000);
    assert!(found.diff(&found.clone()).is_empty());
    assert_eq!(found.fingerprint(), found.clone().fingerprint());
}

#[tokio::test]
async fn a_thousand_partitions_take_seconds_and_are_one_difference() {
    let db = database().await;
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        "create schema app;
         create table app.log (id int primary key, name text check (name <> '')) partition by range (id);
         create index on app.log (name)",
    )
    .await;
    let partitions = "do $$ begin for n in 1..1000 loop
        execute format('create table app.%I partition of app.log for values from (%s) to (%s)', 'log_' || n, n, n + 1);
        if n % 100 = 0 then commit; end if;
      end loop; end $$";
    execute(&mut conn, partitions).await;
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    execute(&mut conn, "create schema other").await;
    let nothing = Catalog::read(&mut conn, &"other".parse().unwrap())
        .await
        .unwrap();
    let told = nothing.diff(&found);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].to_string(), "table log is unexpected");
}

#[tokio::test]
async fn the_servers_own_schema_public_has_the_same_owner_before_and_after_the_ledger() {
    let db = database().await;
    let mut admin = db.connect().await;
    let public = "public".parse().unwrap();
    let extension = "create extension hstore; create extension pg_stat_statements";
    execute(&mut admin, extension).await;
    let grant = format!("grant create, usage on schema public to {}", db.login);
    execute(&mut admin, &grant).await;
    let mut conn = db.connect_login().await;
    execute(
        &mut conn,
        "create table public.a (id bigserial); create view public.b as select id from public.a",
    )
    .await;
    let before = Catalog::read(&mut conn, &public).await.unwrap();
    execute(&mut conn, "create table public._sqlx_migrations ()").await;
    let after = Catalog::read(&mut conn, &public).await.unwrap();
    assert_eq!(before.diff(&after), []);
    assert_eq!(before, after);
    assert!(before.names().any(|name| name.to_string() == "table a"));
}
