//! Each trap is a way in which a cleaner that works by regular expressions has gone wrong.

use expect_test::expect;
use howdah_migrate::{Cleaned, Dialect, Migrations, Migrator, ReadOptions};
use proptest::prelude::*;

use crate::support::{Files, chain, database, execute, ignore, number};

const FILE: &str = include_str!("../data/dialect/supabase.sql");

fn clean(sql: &str) -> Cleaned {
    let cleaned = Dialect::Supabase.clean(sql);
    let shape =
        |text: &str| -> Vec<usize> { text.lines().map(|line| line.chars().count()).collect() };
    assert_eq!(shape(&cleaned.sql), shape(sql), "the places moved");
    cleaned
}

/// What is left, without the blanks.
fn left(sql: &str) -> String {
    let words: Vec<String> = clean(sql)
        .sql
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    words.join(" ")
}

fn is_untouched(sql: &str) {
    let cleaned = clean(sql);
    assert_eq!(cleaned.sql, sql);
    assert_eq!(cleaned.removed, []);
}

#[test]
fn what_was_removed_is_listed_with_its_line() {
    let removed = clean(FILE).removed;
    let lines: Vec<String> = removed
        .iter()
        .map(|removed| format!("{}: {}", removed.line, removed.what))
        .collect();
    expect![[r"
        2: create extension hypopg
        2: create extension index_advisor
        3: with schema extensions
        4: create extension pg_net
        22: grant to anon
        23: grant to authenticated
        24: grant to anon, service_role
        25: revoke from anon
        26: grant to anon
        28: default privileges, grant to anon, authenticated, service_role
        33: create policy größe: own notes; to anon on notes to authenticated
        40: create policy reader on notes to anon
        41: alter policy größe: own notes; to anon on notes"]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn privileges_of_its_roles_go_in_any_spelling() {
    for sql in [
        "grant select on t to anon;",
        "GRANT ALL ON TABLE \"public\".\"t\" TO \"service_role\";",
        "grant select (a, b), update on t to Anon , AUTHENTICATED with grant option",
        "grant usage on schema public to group anon granted by current_user;",
        "revoke all on function f(a int) from authenticated cascade;",
        "revoke grant option for select on t from anon;",
        "grant select on \"to\" to anon;",
    ] {
        assert_eq!(left(sql), "", "{sql}");
    }
}

#[test]
fn a_mixed_list_loses_only_its_roles() {
    for (sql, rest) in [
        ("grant a to x, anon, y", "grant a to x , y"),
        ("grant a to anon, \"authenticated\", y;", "grant a to y;"),
        (
            "revoke a on t from x, anon, service_role cascade;",
            "revoke a on t from x cascade;",
        ),
        (
            "create policy p on t to anon, x using (true)",
            "create policy p on t to x using (true)",
        ),
    ] {
        assert_eq!(left(sql), rest, "{sql}");
    }
}

#[test]
fn other_roles_and_names_that_only_look_alike_stay() {
    for sql in [
        "grant select on t to postgres, supabase_admin, dashboard_user;",
        "grant select on anon to app;",
        "grant select on t to \"Anon\", anonymous;",
        "grant anon to app;",
        "create policy anon on t to public using (true);",
        "create policy p on t using (to_role = 'anon');",
        "alter policy p on t rename to anon;",
        "alter table t enable row level security;",
        "alter default privileges for role anon grant select on tables to app;",
    ] {
        is_untouched(sql);
    }
}

#[test]
fn alter_default_privileges_leaves_no_fragment() {
    let sql = "alter default privileges in schema public grant all on tables to anon;\nselect 1;";
    assert_eq!(left(sql), "select 1;");
    let sql = "alter default privileges for role a in schema b revoke all on tables from anon, c;";
    assert_eq!(
        left(sql),
        "alter default privileges for role a in schema b revoke all on tables from c;"
    );
}

#[test]
fn a_comment_that_speaks_of_grants_is_not_cut() {
    is_untouched("-- we grant access to anon;\nselect 1; /* create policy p on t to anon; */");
}

#[test]
fn a_grant_in_a_comment_swallows_no_lines_down_to_the_next_role() {
    let sql = "-- grant it\ncreate table t ()\n;-- to\ngrant select on t to anon;";
    assert_eq!(left(sql), "-- grant it create table t () ;-- to");
}

#[test]
fn a_comment_inside_a_removed_statement_stays() {
    assert_eq!(
        left("grant all -- for now\n on t /* all */ to anon;"),
        "-- for now /* all */"
    );
}

#[test]
fn strings_and_function_bodies_are_not_rewritten() {
    is_untouched("insert into t values ('grant x to anon;', 'with schema \"extensions\"');");
    is_untouched("create function f() returns void language sql as $$ grant a to anon; $$;");
    is_untouched("do $x$ begin create extension pg_net with schema extensions; end $x$;");
}

#[test]
fn an_index_without_a_name_stays_valid() {
    is_untouched("create index on t (a); create index concurrently on t (b);");
}

#[test]
fn quoted_qualified_names_are_read() {
    assert_eq!(
        left("create policy \"P\" on \"public\".\"t\" to \"anon\";"),
        ""
    );
    is_untouched("alter table only \"public\".\"t\" add constraint \"c\" unique (a);");
}

#[test]
fn enum_values_with_parentheses_are_not_broken() {
    is_untouched("create type e as enum ('a)', '(b', 'to anon;');");
}

#[test]
fn a_semicolon_in_a_constraint_breaks_nothing() {
    is_untouched("alter table t add constraint c check (a <> ';'); select 1;");
}

#[test]
fn nothing_is_made_to_run_twice() {
    is_untouched(
        "create table t (); create type e as enum ('a'); alter table t add a int, add constraint c unique (a); \
         create extension citext; create trigger g after insert on t execute function f();",
    );
}

#[test]
fn policies_with_conditions_behind_their_roles_go_whole() {
    for sql in [
        "create policy p on t for all to anon using (a = ';') with check (true);",
        "alter policy p on t to authenticated, anon with check (b);",
    ] {
        assert_eq!(left(sql), "", "{sql}");
    }
}

#[test]
fn what_is_said_about_a_removed_policy_goes_with_it() {
    let sql = "create policy p on t to anon; alter policy p on t using (true); \
               comment on policy p on t is 'x'; drop policy p on t; drop policy p on t;";
    assert_eq!(left(sql), "drop policy p on t;");
    is_untouched("drop policy if exists p on t; comment on policy q on t is 'to anon';");
}

#[test]
fn extensions_that_only_it_has_go_also_two_in_a_line_and_over_lines() {
    let sql = "create extension pg_cron; create extension if not exists \"supabase_vault\"\nwith schema vault;\n\
               comment on extension pg_net is 'x'; drop extension if exists hypopg cascade;";
    assert_eq!(left(sql), "");
    assert_eq!(
        left("drop extension citext, pg_net;"),
        "drop extension citext ;"
    );
}

#[test]
fn the_schema_of_extensions_goes_quoted_or_not_and_other_options_stay() {
    for (sql, rest) in [
        (
            "create extension citext with schema extensions;",
            "create extension citext ;",
        ),
        (
            "create extension \"uuid-ossp\" SCHEMA \"extensions\" version '1';",
            "create extension \"uuid-ossp\" version '1';",
        ),
        (
            "create extension citext with version '1' schema extensions",
            "create extension citext with version '1'",
        ),
    ] {
        assert_eq!(left(sql), rest, "{sql}");
    }
    is_untouched("create extension citext with schema public;");
    is_untouched("create extension extensions;");
    is_untouched("create table t (with_schema text default 'with schema extensions');");
}

#[test]
fn blank_lines_and_line_ends_stay() {
    let cleaned = clean("\r\n\r\ngrant a\r\n to anon;\r\n\r\nselect 1;\n");
    assert_eq!(
        cleaned.sql,
        "\r\n\r\n       \r\n         \r\n\r\nselect 1;\n"
    );
}

proptest! {
    #[test]
    fn any_text_is_cleaned_in_place_and_stays_clean(
        sql in r#"((grant a|revoke a|(create|alter|drop) policy p on t|alter default privileges grant a|(create|drop) extension)( to| from| if exists)?( (anon|x|"anon"|pg_net|ö),?){1,3}( with schema extensions)?( /\* to anon \*/|\n|;|'|\PC){1,2}){1,4}"#
    ) {
        let once = clean(&sql);
        let twice = clean(&once.sql);
        prop_assert_eq!(&twice.sql, &once.sql);
        prop_assert_eq!(twice.removed, []);
    }
}

#[tokio::test]
async fn a_cleaned_file_applies_where_the_raw_one_fails() {
    let db = database().await;
    let mut conn = db.connect().await;
    let reader = format!("{}_reader", db.name());
    execute(&mut conn, &format!("create role {reader}")).await;
    let file = FILE.replace("howdah_test_reader", &reader);
    let raw = sqlx::Executor::execute(&mut conn, sqlx::raw_sql(sqlx::AssertSqlSafe(file.clone())));
    assert!(raw.await.is_err());
    execute(&mut conn, &clean(&file).sql).await;
    let policies = "select count(*) from pg_policies where tablename = 'notes'";
    assert_eq!(number(&mut conn, policies).await, 2);
    let grants = format!(
        "select count(*) from information_schema.role_table_grants where grantee in ('PUBLIC', '{reader}')"
    );
    assert!(number(&mut conn, &grants).await >= 1);
    execute(
        &mut conn,
        &format!("drop owned by {reader}; drop role {reader}"),
    )
    .await;
}

const RAW: &str = "create table notes (id int);\n\
     create policy \"größe\" on notes to anon; /* ä */ select id, mising from notes;\n";

fn supabase(files: &Files) -> Migrations {
    let mut options = ReadOptions::default();
    options.dialect = Some(Dialect::Supabase);
    Migrations::read_with(files.path(), &options).unwrap()
}

#[tokio::test]
async fn what_was_cleaned_runs_and_the_ledger_has_the_file() {
    let db = database().await;
    let file = FILE.replace("howdah_test_reader", db.owner.as_str());
    let files = Files::new(&[
        ("0001_notes.sql", &file),
        ("0002_only.sql", "grant x to anon;"),
        (
            "0003_index.sql",
            "-- no-transaction\ncreate extension if not exists pg_net;\n",
        ),
    ]);
    let migrations = supabase(&files);
    let removed: Vec<String> = migrations
        .removed()
        .map(|(migration, removed)| format!("{}:{}", files.strip(&migration.file()), removed.line))
        .collect();
    assert_eq!(removed.len(), 15, "{removed:?}");
    assert_eq!(removed[13..], ["0002_only.sql:1", "0003_index.sql:2"]);
    let mut options = db.options();
    options.role = None;
    options.schema = "public".parse().unwrap();
    let migrator = Migrator::new(migrations, options.clone());
    let report = migrator.apply(db.connect().await, ignore).await.unwrap();
    assert_eq!(report.applied.len(), 3);

    // sqlx verifies checksums before it does anything.
    let stock = sqlx::migrate::Migrator::new(files.path()).await.unwrap();
    let mut conn = db.connect().await;
    stock.run(&mut conn).await.unwrap();
    files.write("0001_notes.sql", file.replace('\n', "\r\n"));
    let again = Migrator::new(supabase(&files), options);
    assert!(again.plan(&mut conn).await.unwrap().is_up_to_date());
}

#[tokio::test]
async fn an_error_in_a_cleaned_file_has_the_place_and_the_line_of_the_file() {
    let db = database().await;
    let files = Files::new(&[("0001_notes.sql", RAW)]);
    let migrator = Migrator::new(supabase(&files), db.options());
    let login = db.connect_login().await;
    let error = migrator.apply(login, ignore).await.unwrap_err();
    expect![[r#"
        the migration 0001_notes.sql failed
        0001_notes.sql:2:60: column "mising" does not exist (SQLSTATE 42703)
          2 | create policy "größe" on notes to anon; /* ä */ select id, mising from notes;
            |                                                            ^
        next: nothing of this file was kept: correct it and run again"#]]
    .assert_eq(&files.strip(&chain(&error)));
}
