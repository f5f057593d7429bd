//! What counts as a difference: each row is one change made by hand.

use howdah_migrate::Catalog;
use sqlx::PgConnection;

use crate::support::{TestDb, database, execute, number, schema};

const EVERY_KIND: &str = include_str!("../data/every_kind.sql");

async fn with_every_kind() -> (TestDb, PgConnection) {
    let db = database().await;
    let mut conn = db.connect().await;
    let sql = format!("create schema app; set search_path to app; {EVERY_KIND}");
    execute(&mut conn, &sql).await;
    (db, conn)
}

pub(crate) async fn read(conn: &mut PgConnection) -> Catalog {
    Catalog::read(conn, &schema()).await.unwrap()
}

/// What each change, alone, is reported as.
async fn reported(conn: &mut PgConnection, changes: &[(&str, &str)]) {
    let expected = read(conn).await;
    let mut wrong = Vec::new();
    for (sql, wanted) in changes {
        execute(conn, &format!("begin; {sql}")).await;
        let found = read(conn).await;
        execute(conn, "rollback").await;
        let lines: Vec<String> = expected
            .diff(&found)
            .iter()
            .map(ToString::to_string)
            .collect();
        if lines != [*wanted] {
            wrong.push(format!("{sql}\n  {}", lines.join("\n  ")));
        }
        assert_ne!(expected.fingerprint(), found.fingerprint(), "{sql}");
        let back = found.diff(&expected);
        assert_eq!(back.len(), lines.len(), "{sql}: {back:?}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn each_change_of_a_table_is_one_difference() {
    let (_db, mut conn) = with_every_kind().await;
    reported(
        &mut conn,
        &[
            ("drop table pets", "table pets is missing"),
            ("drop foreign table distant", "foreign table distant is missing"),
            ("alter foreign table distant options (set host 'y')", "foreign table distant: foreign options is host=y, expected host=x"),
            ("alter foreign table distant add more text", "foreign table distant: column more is unexpected"),
            ("alter function touch() rename to touch_it", "function touch(): name is touch_it(), expected touch()"),

            ("drop table users cascade", "table users is missing"),
            ("create table extra (id serial primary key, a text unique not null)", "table extra is unexpected"),
            ("alter table pets rename to animals", "table pets: name is animals, expected pets"),
            ("alter table users rename to people", "table users: name is people, expected users"),
            ("alter table pets set unlogged", "table pets: persistence is unlogged, expected permanent"),
            ("alter table pets owner to pg_monitor", "table pets: owner is pg_monitor, expected <owner>"),
            ("alter table users owner to pg_monitor", "table users: owner is pg_monitor, expected <owner>"),
            ("alter table users enable row level security", "table users: row level security is yes, expected no"),
            ("alter table users force row level security", "table users: forced row level security is yes, expected no"),
            ("alter table users replica identity full", "table users: replica identity is full, expected default"),
            (
                "alter table users replica identity using index users_pkey",
                "table users: replica identity is index <schema>.users_pkey, expected default",
            ),
            ("alter table users set (fillfactor = 70)", "table users: options is fillfactor=70, expected none"),
            (
                "alter table users set (toast.autovacuum_enabled = off)",
                "table users: toast options is autovacuum_enabled=off, expected none",
            ),
            ("comment on table users is null", "table users: comment is none, expected who we know"),
            (
                "alter table events detach partition events_2025",
                "table events_2025: partition is none, expected of <schema>.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
            ),
            ("alter table child no inherit parent", "table child: inherits is none, expected <schema>.parent"),
            ("alter table users cluster on users_pkey", "table users: constraint users_pkey: clustered is yes, expected no"),
        ],
    )
    .await;
}

#[tokio::test]
async fn each_change_of_a_partitioned_table_is_one_difference() {
    let (_db, mut conn) = with_every_kind().await;
    reported(
        &mut conn,
        &[
            ("drop table events", "table events is missing"),
            ("drop table events_2025", "table events_2025 is missing"),
            ("create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01')", "table events_2026 is unexpected"),
            ("alter table events rename to log", "table events: name is log, expected events"),
            ("alter table events rename what to about", "table events: column what: name is about, expected what"),
            ("alter table events alter what set default 'x'", "table events: column what: default is 'x'::text, expected none"),
            ("alter table events alter user_id type integer", "table events: column user_id: type is integer, expected bigint"),
            ("alter table events add primary key (at)", "table events: constraint events_pkey is unexpected"),
            ("alter table events drop constraint events_at_what_key", "table events: constraint events_at_what_key is missing"),
            ("alter table events drop constraint events_user_id_fkey", "table events: constraint events_user_id_fkey is missing"),
            ("drop trigger heard on events", "table events: trigger heard is missing"),
            ("alter table events disable trigger heard", "table events: trigger heard: enabled is no, expected yes"),
            ("alter table events_2025 disable trigger heard", "table events_2025: trigger heard: enabled is no, expected yes"),
            ("alter table events_2025 add check (what <> 'x')", "table events_2025: constraint events_2025_what_check is unexpected"),
            ("create index on events_2025 (user_id)", "table events_2025: index events_2025_user_id_idx is unexpected"),
        ],
    )
    .await;
}

#[tokio::test]
async fn each_change_of_a_column_is_one_difference() {
    let (_db, mut conn) = with_every_kind().await;
    reported(
        &mut conn,
        &[
            ("alter table users add more integer not null default 5", "table users: column more is unexpected"),
            ("alter table users add more serial", "table users: column more is unexpected"),
            ("alter table users add more text unique", "table users: column more is unexpected"),
            ("alter table users drop column mail cascade", "table users: column mail is missing"),
            ("alter table users drop column name cascade", "table users: column name is missing"),
            ("alter table users drop column code", "table users: column code is missing"),
            ("alter table users rename feeling to mind", "table users: column feeling: name is mind, expected feeling"),
            ("alter table pets rename owner_id to id", "table pets: column owner_id: name is id, expected owner_id"),
            ("alter table pets alter kind type varchar(9)", "table pets: column kind: type is character varying(9), expected text"),
            ("alter table users alter name drop not null", "table users: column name: not null is no, expected yes"),
            ("alter table users alter name drop default", "table users: column name: default is none, expected 'x'::character varying"),
            (
                "alter table users alter id set generated by default",
                "table users: column id: identity is by default as bigint start 1 increment 1 minimum 1 maximum \
                 9223372036854775807 cache 1, expected always as bigint start 1 increment 1 minimum 1 maximum \
                 9223372036854775807 cache 1",
            ),
            ("alter table users alter length drop expression", "table users: column length: generated is none, expected (1 + 2) stored"),
            ("alter table users alter name set storage external", "table users: column name: storage is external, expected none"),
            ("alter table users alter name set statistics 7", "table users: column name: statistics is 7, expected none"),
            ("alter table users alter name set (n_distinct = 5)", "table users: column name: options is n_distinct=5, expected none"),
            ("alter table pets alter kind type text collate \"C\"", "table pets: column kind: collation is \"C\", expected none"),
            ("comment on column users.name is 'x'", "table users: column name: comment is x, expected as they write it"),
            ("revoke select (name) on users from pg_monitor", "table users: column name: privileges of pg_monitor is none, expected select"),
            ("alter table events add host text", "table events: column host is unexpected"),
            ("alter table parent add b text default 'b'", "table parent: column b is unexpected"),
            ("alter table parent alter a type bigint", "table parent: column a: type is bigint, expected integer"),
            ("alter type address add attribute zip text", "composite type address: column zip is unexpected"),
            ("alter type address alter attribute city type varchar(5)", "composite type address: column city: type is character varying(5), expected text"),
        ],
    )
    .await;
}

#[tokio::test]
async fn each_change_of_what_belongs_to_a_table_is_one_difference() {
    let (_db, mut conn) = with_every_kind().await;
    reported(
        &mut conn,
        &[
            ("alter table users drop constraint named", "table users: constraint named is missing"),
            ("alter table users add unique (name)", "table users: constraint users_name_key is unexpected"),
            ("alter table pets add primary key (kind)", "table pets: constraint pets_pkey is unexpected"),
            ("alter table pets add check (kind <> '') not valid", "table pets: constraint pets_kind_check is unexpected"),
            (
                "alter table pets alter constraint pets_owner initially deferred",
                "table pets: constraint pets_owner: definition is FOREIGN KEY (owner_id) REFERENCES <schema>.users(id) \
                 DEFERRABLE INITIALLY DEFERRED, expected FOREIGN KEY (owner_id) REFERENCES <schema>.users(id) DEFERRABLE",
            ),
            ("alter table pets disable trigger all", "table pets: constraint pets_owner: enabled is no, expected yes"),
            ("alter table users rename constraint named to called", "table users: constraint named: name is called, expected named"),
            ("alter table events drop constraint told", "table events: constraint told is missing"),
            ("alter table parent add constraint big check (a < 9)", "table parent: constraint big is unexpected"),
            ("alter domain email drop constraint email_form", "domain email: constraint email_form is missing"),
            ("drop index users_name", "table users: index users_name is missing"),
            ("create index on users (mail)", "table users: index users_mail_idx is unexpected"),
            ("create index on events (at)", "table events: index events_at_idx is unexpected"),
            ("drop index events_what", "table events: index events_what is missing"),
            ("alter index users_name rename to by_name", "table users: index users_name: name is by_name, expected users_name"),
            (
                "create table later (a integer check (a > 0)) inherits (parent)",
                "table later is unexpected",
            ),
            (
                "update pg_index set indisvalid = false where indexrelid = 'users_name'::regclass",
                "table users: index users_name: state is invalid, expected valid",
            ),
            ("drop statistics users_stats", "statistics users_stats is missing"),
            ("alter statistics users_stats set statistics 5", "statistics users_stats: target is 5, expected none"),
            ("drop trigger touched on users", "table users: trigger touched is missing"),
            ("alter table users disable trigger touched", "table users: trigger touched: enabled is no, expected yes"),
            ("alter table users enable replica rule quiet", "table users: rule quiet: enabled is on a replica, expected yes"),
            ("drop rule quiet on users", "table users: rule quiet is missing"),
            ("drop policy own_rows on users", "table users: policy own_rows is missing"),
            ("alter policy own_rows on users to pg_monitor", "table users: policy own_rows: roles is pg_monitor, expected public"),
            ("alter policy own_rows on users using (true)", "table users: policy own_rows: using is true, expected ((name)::text = CURRENT_USER)"),
        ],
    )
    .await;
}

#[tokio::test]
async fn each_change_of_another_object_is_one_difference() {
    let (_db, mut conn) = with_every_kind().await;
    reported(
        &mut conn,
        &[
            ("drop schema app cascade", "schema is missing"),
            ("comment on schema app is 'x'", "schema: comment is x, expected none"),
            ("grant usage on schema app to pg_monitor", "schema: privileges of pg_monitor is usage, expected none"),
            ("alter type mood add value 'calm' before 'happy'", "enum mood: labels is 'sad', 'calm', 'happy', expected 'sad', 'happy'"),
            ("alter domain email drop default", "domain email: default is none, expected 'a@b'::text"),
            ("alter domain email set not null", "domain email: not null is yes, expected no"),
            ("drop type span", "range span is missing"),
            ("revoke usage on type span from public", "range span: privileges of public is none, expected usage"),
            (
                "create type pair as (a integer, b integer)",
                "composite type pair is unexpected",
            ),
            ("alter sequence tickets increment 1", "sequence tickets: increment is 1, expected 5"),
            ("alter sequence tickets cycle", "sequence tickets: cycle is yes, expected no"),
            ("drop sequence tickets", "sequence tickets is missing"),
            ("alter sequence users_code_seq owned by none", "sequence users_code_seq: owned by is none, expected <schema>.users.code"),
            ("create or replace function twice(n integer) returns integer language sql immutable strict parallel safe as 'select 3'", "function twice(integer): body is select 3, expected select n * 2"),
            ("alter function twice(integer) volatile", "function twice(integer): volatility is volatile, expected immutable"),
            ("alter function twice(integer) security definer", "function twice(integer): security definer is yes, expected no"),
            ("alter function twice(integer) set search_path to app, pg_temp", "function twice(integer): search path is <schema>, pg_temp, expected none"),
            ("alter function twice(integer) set work_mem to '1MB'", "function twice(integer): settings is work_mem=1MB, expected none"),
            ("alter function twice(integer) cost 7", "function twice(integer): cost is 7, expected 100"),
            ("alter function twice(integer) rename to double", "function twice(integer): name is double(integer), expected twice(integer)"),
            ("revoke execute on function twice(integer) from public", "function twice(integer): privileges of public is none, expected execute"),
            ("create function twice(text) returns text language sql as 'select $1'", "function twice(text) is unexpected"),
            ("drop procedure nothing()", "procedure nothing() is missing"),
            ("drop aggregate mood_count(mood)", "aggregate mood_count(<schema>.mood) is missing"),
            ("drop operator ## (integer, integer)", "operator ##(integer, integer) is missing"),
            ("drop cast (address as mood)", "cast <schema>.address as <schema>.mood is missing"),
            ("drop collation plain", "collation plain is missing"),
            ("drop view happy_users", "view happy_users is missing"),
            (
                "create or replace view answer as select 43 as n",
                "view answer: definition is SELECT 43 AS n, expected SELECT 42 AS n",
            ),
            ("alter view happy_users set (security_barrier)", "view happy_users: options is security_barrier=true, expected none"),
            ("alter view happy_users alter name set default 'n'", "view happy_users: column defaults is name 'n'::character varying, expected none"),
            ("drop materialized view user_count", "materialized view user_count is missing"),
            ("create index on user_count (n)", "materialized view user_count: index user_count_n_idx is unexpected"),
            ("create extension pg_trgm", "extension pg_trgm is unexpected"),
            ("revoke insert on pets from pg_monitor", "table pets: privileges of pg_monitor is select, expected insert, select"),
            ("grant select on pets to pg_monitor with grant option", "table pets: privileges of pg_monitor is insert, select with grant option, expected insert, select"),
            ("alter default privileges in schema app grant execute on functions to pg_monitor", "default privileges <owner> on functions is unexpected"),
            ("alter default privileges in schema app grant insert on tables to pg_monitor", "default privileges <owner> on tables: grants is pg_monitor: insert, select, expected pg_monitor: select"),
        ],
    )
    .await;
}

/// What only newer versions have.
#[tokio::test]
async fn each_change_that_only_newer_versions_know_is_one_difference() {
    let (_db, mut conn) = with_every_kind().await;
    let version = number(
        &mut conn,
        "select current_setting('server_version_num')::int8",
    )
    .await;
    let by_version: [(i64, &[(&str, &str)]); 4] = [
        (
            140_000,
            &[
                ("alter table users alter mail set compression pglz", "table users: column mail: compression is pglz, expected none"),
                (
                    "create or replace function twice(n integer) returns integer language sql immutable strict parallel safe
                     begin atomic select n * 3; end",
                    "function twice(integer): body is BEGIN ATOMIC SELECT (n * 3); END, expected select n * 2",
                ),
            ],
        ),
        (
            150_000,
            &[
                ("create unique index on pets (kind) nulls not distinct", "table pets: index pets_kind_idx is unexpected"),
                ("alter view happy_users set (security_invoker)", "view happy_users: options is security_invoker=true, expected none"),
            ],
        ),
        (
            170_000,
            &[("alter table users alter length set expression as (1 + 3)", "table users: column length: generated is (1 + 3) stored, expected (1 + 2) stored")],
        ),
        (
            180_000,
            &[
                ("alter table users add half integer generated always as (1) virtual", "table users: column half is unexpected"),
                ("alter table pets add constraint kind_there not null kind not valid", "table pets: column kind: not null is not valid, expected no"),
                ("alter table pets alter constraint pets_owner not enforced", "table pets: constraint pets_owner: definition is FOREIGN KEY (owner_id) REFERENCES <schema>.users(id) DEFERRABLE NOT ENFORCED, expected FOREIGN KEY (owner_id) REFERENCES <schema>.users(id) DEFERRABLE"),
            ],
        ),
    ];
    for (since, changes) in by_version {
        if version >= since {
            reported(&mut conn, changes).await;
        }
    }
}
