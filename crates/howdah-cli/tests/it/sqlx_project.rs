//! `howdah migrate` in a directory that sqlx has worked in, with nothing but its own files.

use howdah_testkit::{As, Migrations, Roles, Setup, TestDatabase};
use sqlx::migrate::{Migrator, ResolveConfig, ResolveWith};
use sqlx::{Connection as _, PgConnection};

use crate::migrate::url;
use crate::support::{Done, Place};

const SQLX_TOML: (&str, &str) = (
    "sqlx.toml",
    "[common]\ndatabase-url-var = \"NOTES_URL\"\n\n[migrate]\ncreate-schemas = [\"ops\"]\n\
     table-name = \"ops.history\"\nmigrations-dir = \"db/migrations\"\nignored-chars = [\"\\r\"]\n\n\
     [migrate.defaults]\nmigration-type = \"reversible\"\nmigration-versioning = \"sequential\"\n",
);
const FIRST: (&str, &str) = ("db/migrations/0001_a.sql", "create table a ();\r\n");
const SECOND: (&str, &str) = ("db/migrations/0002_b.sql", "create table b ();\r\n");

async fn database() -> TestDatabase {
    let setup = Setup::new().migrations(Migrations::None).roles(Roles::Off);
    setup.database().await.unwrap()
}

/// As `sqlx::migrate!` compiles it in a crate with this `sqlx.toml`.
async fn stock(place: &Place, url: &str) {
    let mut config = ResolveConfig::new();
    config.ignore_char('\r');
    let files = ResolveWith(place.path().join("db/migrations"), config);
    let mut migrator = Migrator::new(files).await.unwrap();
    migrator.create_schema("ops");
    migrator.dangerous_set_table_name("ops.history");
    let mut conn = PgConnection::connect(url).await.unwrap();
    migrator.run(&mut conn).await.unwrap();
}

fn migrate(place: &Place, args: &[&str]) -> Done {
    place.run(&[&["migrate"], args].concat())
}

#[tokio::test]
async fn what_sqlx_has_applied_is_applied_and_it_goes_on_from_there() {
    for variable in ["NOTES_URL", "DATABASE_URL"] {
        let database = database().await;
        let url = url(&database.login(As::Superuser));
        let place = Place::new(&[SQLX_TOML, FIRST]).env(&[(variable, &url)]);
        if variable == "DATABASE_URL" {
            let text = SQLX_TOML.1.replace("database-url-var", "#");
            place.write(SQLX_TOML.0, &text);
        }
        stock(&place, &url).await;
        place.write(SECOND.0, SECOND.1);
        let status = migrate(&place, &["status"]);
        assert!(status.stdout.starts_with("applied  1  a\n"), "{status:?}");
        assert_eq!(migrate(&place, &["up"]).code, 0);
        stock(&place, &url).await;
        place.write(SECOND.0, "create table b ();\n");
        let status = migrate(&place, &["status"]);
        assert_eq!(
            (status.code, status.stdout.as_str()),
            (0, "applied  1  a\napplied  2  b\n")
        );
    }
}

#[test]
fn a_new_migration_is_as_sqlx_would_make_it() {
    let place = Place::new(&[SQLX_TOML, FIRST]);
    let new = migrate(&place, &["new", "add c"]);
    let directory = place.path().join("db/migrations");
    assert_eq!(new.code, 0, "{new:?}");
    for name in ["0002_add_c.up.sql", "0002_add_c.down.sql"] {
        assert!(directory.join(name).is_file(), "{new:?}");
    }
}

#[test]
fn a_mistake_in_its_file_is_told_with_its_place() {
    let place = Place::new(&[("sqlx.toml", "[migrate]\ntable-name = \"a.b.c\"\n")]);
    let status = migrate(&place, &["status", "--url", "postgres://localhost/a"]);
    status.refused(
        2,
        &[
            "error: sqlx.toml cannot be used",
            "sqlx.toml:2:14: \"a.b.c\" is no name",
        ],
    );
    place.write("sqlx.toml", "[migrate]\ntable = 1\n");
    let lint = migrate(&place, &["lint", "--json"]);
    lint.refused(2, &["sqlx.toml:2:1: "]);
    assert_eq!(lint.json()["error"]["problems"][0]["line"], 2, "{lint:?}");
}

#[tokio::test]
async fn a_stub_of_rust_code_is_left_to_the_service() {
    let database = database().await;
    let url = url(&database.login(As::Superuser));
    let stub = ("migrations/0001_fill.sql", "-- howdah: code fill\n");
    let place = Place::new(&[stub]).env(&[("DATABASE_URL", &url)]);
    let status = migrate(&place, &["status"]);
    assert_eq!(
        (status.code, status.stdout.as_str()),
        (3, "pending  1  fill (Rust code fill)\n")
    );
    let up = migrate(&place, &["up"]);
    assert_eq!(up.code, 1, "{up:?}");
    assert!(
        up.stderr
            .contains("it is Rust code, fill, which this program does not have"),
        "{up:?}"
    );
    assert_eq!(migrate(&place, &["status"]).code, 3);
}

#[tokio::test]
async fn what_only_supabase_has_is_left_out_and_told() {
    let database = database().await;
    let url = url(&database.login(As::Superuser));
    let place = Place::new(&[
        (
            "howdah.yaml",
            "database: { migrations: { dialect: supabase } }\n",
        ),
        (
            "migrations/0001_a.sql",
            "create table a ();\ngrant select on a to anon;\n",
        ),
    ]);
    let left_out = "0001_a.sql:2: left out: grant to anon";
    let plan = migrate(&place, &["plan", "--url", &url, "--json"]);
    assert!(plan.stderr.contains(left_out), "{plan:?}");
    assert!(
        plan.stdout.contains("\"what\": \"grant to anon\""),
        "{plan:?}"
    );
    let up = migrate(&place, &["up", "--url", &url]);
    assert_eq!(up.code, 0, "{up:?}");
    assert!(up.stderr.contains(left_out), "{up:?}");
    let status = migrate(&place, &["status", "--url", &url]);
    assert_eq!(status.code, 0, "{status:?}");
    assert!(!status.stderr.contains("left out"), "{status:?}");
}
