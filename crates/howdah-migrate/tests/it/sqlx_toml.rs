//! `sqlx.toml`, as sqlx understands it.

use expect_test::expect;
use howdah_migrate::{LedgerName, Migrations, Migrator, SqlxToml};
use sqlx::migrate::{Migrator as Stock, ResolveConfig, ResolveWith};

use crate::support::{Files, chain, database, execute, ignore};

const ALL: &str = r#"
[common]
database-url-var = "NOTES_URL"

[macros.preferred-crates]
date-time = "chrono"

[drivers.sqlite]
unsafe-load-extensions = []

[migrate]
create-schemas = ["ops", '"The Audit"']
table-name = "ops.History"
migrations-dir = "db/migrations"
ignored-chars = ["\r", " ", "\uFEFF"]

[migrate.defaults]
migration-type = "reversible"
migration-versioning = "sequential"
not-known-yet = 1
"#;

/// The file in a directory, and what it says.
fn read(text: &str) -> (Files, Result<SqlxToml, String>) {
    let files = Files::new(&[("sqlx.toml", text)]);
    let read = SqlxToml::read(files.path().join("sqlx.toml"));
    let read = read.map_err(|error| files.strip(&chain(&error)));
    (files, read)
}

fn refusal(text: &str) -> String {
    read(text).1.unwrap_err()
}

#[test]
fn everything_that_sqlx_reads_about_migrations_is_read() {
    let (files, toml) = read(ALL);
    let toml = toml.unwrap();
    assert_eq!(toml.database_url_var.as_deref(), Some("NOTES_URL"));
    let schemas: Vec<&str> = toml.create_schemas.iter().map(AsRef::as_ref).collect();
    assert_eq!(schemas, ["ops", "The Audit"]);
    assert_eq!(toml.ledger.unwrap().to_string(), r#""ops"."history""#);
    assert_eq!(
        toml.migrations_dir,
        Some(files.path().join("db/migrations"))
    );
    assert_eq!(
        toml.ignored_chars.into_iter().collect::<String>(),
        "\r \u{feff}"
    );
    assert_eq!((toml.reversible, toml.sequential), (Some(true), Some(true)));
}

#[test]
fn an_empty_file_changes_nothing() {
    let (_files, toml) = read("");
    let toml = toml.unwrap();
    let nothing = SqlxToml::default();
    assert_eq!(toml.ledger, nothing.ledger);
    assert_eq!((toml.reversible, toml.sequential), (None, None));
}

#[test]
fn what_sqlx_refuses_is_refused_with_its_place() {
    expect![[r"
        1 problem in the migration files
          sqlx.toml:2:1: unknown field `table_name`, expected one of `create-schemas`, `table-name`, `migrations-dir`, `ignored-chars`, `defaults`"]]
    .assert_eq(&refusal("[migrate]\ntable_name = \"x\"\n"));
    expect![[r"
        1 problem in the migration files
          sqlx.toml:1:2: unknown field `migrat`, expected one of `common`, `drivers`, `macros`, `migrate`"]]
    .assert_eq(&refusal("[migrat]\n"));
    expect![[r#"
        1 problem in the migration files
          sqlx.toml:2:18: invalid value: string "ab", expected a character"#]]
    .assert_eq(&refusal("[migrate]\nignored-chars = [\"ab\"]\n"));
    expect![[r"
        1 problem in the migration files
          sqlx.toml:2:18: unknown variant `both`, expected one of `inferred`, `simple`, `reversible`"]]
    .assert_eq(&refusal("[migrate.defaults]\nmigration-type = \"both\"\n"));
    expect![[r"
        1 problem in the migration files
          sqlx.toml:1:9: unclosed table, expected `]`"]]
    .assert_eq(&refusal("[migrate\n"));
}

#[test]
fn a_name_that_no_table_can_have_is_refused_with_its_place() {
    expect![[r#"
        3 problems in the migration files
          sqlx.toml:2:24: "a b" is no name of a schema as SQL writes it
          sqlx.toml:2:31: PostgreSQL reserves "pg_x", it cannot name a schema
          sqlx.toml:3:14: "a.b.c" is no name as SQL writes it: a name, or a schema, a dot and a name; in double quotes if there is more in it than letters, digits and `_`"#]]
    .assert_eq(&refusal(
        "[migrate]\ncreate-schemas = [\"ä\", \"a b\", \"pg_x\"]\ntable-name = \"a.b.c\"\n",
    ));
}

#[test]
fn it_is_looked_for_up_to_the_root_of_the_crate() {
    let files = Files::new(&[("sqlx.toml", "[migrate]\ntable-name = \"outer\"")]);
    let inner = files.path().join("crates/a/db/migrations");
    std::fs::create_dir_all(&inner).unwrap();
    let found = || SqlxToml::find(&inner).unwrap().map(|toml| toml.path);
    assert_eq!(found(), Some(files.path().join("sqlx.toml")));
    files.write("crates/a/Cargo.toml", "");
    assert_eq!(found(), None);
    files.write("crates/a/sqlx.toml", "");
    assert_eq!(found(), Some(files.path().join("crates/a/sqlx.toml")));
}

#[tokio::test]
async fn what_does_not_count_changes_the_checksum_as_in_sqlx() {
    let db = database().await;
    let files = Files::new(&[
        (
            "0001_a.up.sql",
            "create table a (\r\n  id int -- ä\r\n);\r\n",
        ),
        ("0001_a.down.sql", "drop table a;"),
        ("0002_b.sql", "\u{feff}create table b ();"),
    ]);
    let toml = read(ALL).1.unwrap();
    let mut config = ResolveConfig::new();
    config.ignore_chars(toml.ignored_chars.iter().copied());
    let mut stock = Stock::new(ResolveWith(files.path(), config)).await.unwrap();
    stock.dangerous_set_table_name("ops.history");
    let mut options = db.options();
    toml.configure(&mut options);
    let read_with = || Migrations::read_with(files.path(), &toml.read_options()).unwrap();
    let migrator = Migrator::new(read_with(), options.clone());
    let conn = db.connect_login().await;
    migrator.apply(conn, ignore).await.unwrap();
    let mut conn = db.connect_login().await;
    execute(&mut conn, &format!("set role {}", db.owner)).await;
    execute(&mut conn, "set search_path to app").await;
    stock.run(&mut conn).await.unwrap();

    let embedded = Migrations::embedded_with(&stock, &toml.read_options()).unwrap();
    files.write("0001_a.up.sql", "create table a (id int\n-- ä\n);");
    for (migrations, edited) in [(embedded, 0), (read_with(), 1)] {
        let migrator = Migrator::new(migrations, options.clone());
        assert_eq!(migrator.plan_repair(&mut conn).await.unwrap().len(), edited);
    }
    files.write("0001_a.up.sql", "createtablea(\n  id int--ä\n);\n");
    let migrator = Migrator::new(read_with(), options.clone());
    assert_eq!(migrator.plan_repair(&mut conn).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_compiled_in_migrator_says_which_ledger_it_has() {
    let db = database().await;
    let files = Files::new(&[("0001_a.sql", "create table app.a ();")]);
    let mut stock = Stock::new(files.path()).await.unwrap();
    let plain = SqlxToml::embedded(&stock).unwrap();
    assert_eq!(plain.ledger, Some(LedgerName::default()));

    stock.dangerous_set_table_name("\"Ops\".history");
    stock.create_schema("\"Ops\"");
    stock.create_schema("app");
    let mut conn = db.connect_login().await;
    execute(&mut conn, &format!("set role {}", db.owner)).await;
    stock.run(&mut conn).await.unwrap();
    let mut options = db.options();
    let toml = SqlxToml::embedded(&stock).unwrap();
    toml.configure(&mut options);
    assert_eq!(options.create_schemas.len(), 2);
    let migrator = Migrator::new(Migrations::embedded(&stock).unwrap(), options);
    let plan = migrator.plan(&mut conn).await.unwrap();
    assert!(plan.is_up_to_date() && plan.applied().len() == 1, "{plan}");

    stock.dangerous_set_table_name("a b");
    let error = SqlxToml::embedded(&stock).unwrap_err();
    assert!(error.to_string().contains("the table \"a b\""), "{error}");
}
