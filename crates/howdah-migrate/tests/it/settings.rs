//! What a file sets for its session changes neither the ledger nor the files behind it.

use howdah_migrate::{Migrator, Options};
use sqlx::PgConnection;

use crate::support::{Files, TestDb, chain, database, execute, ignore, number, text};

/// A description that no other encoding has as these bytes.
const NAMES: [&str; 2] = ["0001_größe_§.sql", "0002_größe_2.sql"];
const DESCRIPTIONS: &str = "größe §, größe 2";

const SETTINGS: &[&str] = &[
    "set client_encoding to 'LATIN1'",
    "set client_encoding to 'SQL_ASCII'",
    "set names 'WIN1252'",
    "set search_path to nowhere",
    "set search_path to app, pg_catalog",
    "set role none",
    "set session authorization default",
    "set session characteristics as transaction read only",
    "set default_transaction_read_only = on",
    "set default_transaction_isolation = 'serializable'",
    "set default_transaction_deferrable = on",
    "set datestyle to 'german, dmy'",
    "set intervalstyle to 'sql_standard'",
    "set timezone to 'Asia/Kathmandu'",
    "set bytea_output to 'escape'",
    "set extra_float_digits to -15",
    "set backslash_quote to off",
    "set standard_conforming_strings to off",
    "set escape_string_warning to on",
    "set quote_all_identifiers to on",
    "set transform_null_equals to on",
    "set array_nulls to off",
    "set row_security to off",
    "set check_function_bodies to off",
    "set xmloption to document",
    "set lock_timeout to '900ms'",
    "set statement_timeout to '900ms'",
    "set idle_in_transaction_session_timeout to '900ms'",
    "set idle_session_timeout to '900ms'",
    "set transaction_timeout to '9s'",
    "set client_min_messages to error",
    "set synchronous_commit to off",
    "set default_tablespace to pg_default",
    "set default_table_access_method to heap",
    "set temp_tablespaces to ''",
    "set plan_cache_mode to force_generic_plan",
    "set enable_seqscan to off",
    "set lc_numeric to 'C'",
    "set application_name to 'somebody else'",
    "set transaction read write",
    "select set_config('client_encoding', 'LATIN1', false)",
    "do $$ begin perform set_config('client_encoding', 'LATIN1', false); end $$",
    "create temporary table _sqlx_migrations (version int); set search_path to pg_temp",
    "declare c cursor with hold for select 1",
    "prepare p as select 1",
    "listen somebody",
];

const OF_SUPERUSERS: &[&str] = &[
    "set session_replication_role to replica",
    "set session authorization OWNER",
    "set role OWNER",
    "set zero_damaged_pages to on",
    "set lc_messages to 'C'",
    "set log_statement to 'all'",
];

/// Some are newer than the oldest server.
async fn is_known(conn: &mut PgConnection, setting: &str) -> bool {
    let Some(name) = setting.split(' ').nth(1) else {
        return true;
    };
    if !["idle_session_timeout", "transaction_timeout"].contains(&name) {
        return true;
    }
    let known = format!("select count(*) from pg_settings where name = '{name}'");
    number(conn, &known).await == 1
}

async fn leaves_the_ledger_right(db: &TestDb, as_superuser: bool, setting: &str, mark: &str) {
    let mut conn = db.connect().await;
    if !is_known(&mut conn, setting).await {
        return;
    }
    execute(&mut conn, "drop schema if exists app cascade").await;
    let setting = setting.replace("OWNER", db.owner.as_str());
    let first = format!("{mark}create table app.a (what text);\n{setting};\nselect 'größe';\n");
    let second = "create table b (what text default 'größe');\ninsert into b default values;\n";
    let files = Files::new(&[(NAMES[0], &first), (NAMES[1], second)]);
    let applied = if as_superuser {
        let mut options = Options::new(crate::support::schema());
        options.lock_deadline = db.options().lock_deadline;
        let migrator = Migrator::new(files.migrations(), options);
        migrator.apply(db.connect().await, ignore).await
    } else {
        db.apply(&files).await
    };
    let context = format!("{mark}{setting}");
    applied.unwrap_or_else(|error| panic!("{context}: {}", chain(&error)));

    let descriptions = "select string_agg(description, ', ' order by version) from app._sqlx_migrations \
         where success and execution_time > 0 and installed_on between now() - interval '1 minute' and now()";
    assert_eq!(
        text(&mut conn, descriptions).await,
        DESCRIPTIONS,
        "{context}"
    );
    let log = "select string_agg(description, ', ' order by id) from app._sqlx_migrations_log where act = 'applied'";
    assert_eq!(text(&mut conn, log).await, DESCRIPTIONS, "{context}");
    assert_eq!(
        text(&mut conn, "select what from app.b").await,
        "größe",
        "{context}"
    );
    for (version, sql) in [(1, &*first), (2, second)] {
        let stored = format!(
            "select count(*) from app._sqlx_migrations \
             where version = {version} and checksum = sha384(convert_to($sql${sql}$sql$, 'UTF8'))"
        );
        assert_eq!(number(&mut conn, &stored).await, 1, "{context}");
    }
    let again = db.migrator(&files).plan(&mut conn).await;
    assert!(again.unwrap().is_up_to_date(), "{context}");
}

#[tokio::test]
async fn no_setting_of_a_file_changes_the_ledger_or_the_next_file() {
    let db = database().await;
    for setting in SETTINGS {
        leaves_the_ledger_right(&db, false, setting, "").await;
    }
    for setting in OF_SUPERUSERS {
        leaves_the_ledger_right(&db, true, setting, "").await;
    }
}

#[tokio::test]
async fn no_setting_of_a_file_outside_a_transaction_does_so_either() {
    let db = database().await;
    for setting in SETTINGS {
        leaves_the_ledger_right(&db, false, setting, "-- no-transaction\n").await;
    }
    for setting in OF_SUPERUSERS {
        leaves_the_ledger_right(&db, true, setting, "-- no-transaction\n").await;
    }
}

#[tokio::test]
async fn a_transaction_that_is_made_read_only_behind_our_back_says_so() {
    let db = database().await;
    let files = Files::new(&[(
        "0001_a.sql",
        "do $$ begin perform set_config('transaction_read_only', 'on', true); end $$;",
    )]);
    let error = db.apply(&files).await.unwrap_err();
    let words = files.strip(&chain(&error));
    expect_test::expect![[r"
        the migration 0001_a.sql failed
        0001_a.sql: cannot execute INSERT in a read-only transaction (SQLSTATE 25006)
        next: the transaction is read only, because the file, a function that it calls, or the server (a standby) says so, and the ledger is written in it: remove that, or connect to the primary; then run again"]].assert_eq(&words);
}

#[tokio::test]
async fn what_sets_the_transaction_of_its_file_is_refused_with_a_way_out() {
    let db = database().await;
    let files = Files::new(&[(
        "0001_a.sql",
        "set transaction read only;\nset transaction isolation level serializable;\nbegin read only;\nselect 1;\n",
    )]);
    let error = files.strip(&db.apply(&files).await.unwrap_err());
    expect_test::expect![[r"
        3 problems before the first migration, nothing was executed
          0001_a.sql:1: the transaction of a file cannot be read only, because its row of the ledger is written in it: remove this
          0001_a.sql:2: the transaction of a file has begun before its first statement, as read committed, and is not changed any more: remove this; a statement that needs another isolation level goes into a `-- no-transaction` file, behind `set default_transaction_isolation`
          0001_a.sql:3: `begin`: the file has a transaction already, read committed and read write, which it shares with its row of the ledger: remove it, and what ends it"]].assert_eq(&error);
    // The way out is one.
    let files = Files::new(&[(
        "0001_a.sql",
        "-- no-transaction\nset default_transaction_isolation to 'serializable';\n\
         create table a as select current_setting('transaction_isolation') as level;",
    )]);
    db.apply(&files).await.unwrap();
    let level = text(&mut db.connect().await, "select level from app.a").await;
    assert_eq!(level, "serializable");
}
