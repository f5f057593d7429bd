//! The attribute, as a sibling service uses it.

use howdah_config::Database;
use howdah_pool::{Login, Pool};
use howdah_testkit::{As, Migrator, ReadOnly, Setup, Superuser, TestDatabase};
use sqlx::postgres::{PgConnection, PgPool};

use crate::support::Result;

static EMBEDDED: sqlx::migrate::Migrator = sqlx::migrate::Migrator::DEFAULT;

#[howdah_testkit::test(migrations = "tests/data/migrations")]
async fn a_pool_is_the_apps_and_the_schema_is_migrated(pool: PgPool) -> Result {
    sqlx::query("insert into items (name) values ('one')")
        .execute(&pool)
        .await?;
    let denied = sqlx::query("create table more ()").execute(&pool).await;
    assert_eq!(sqlstate(&denied.unwrap_err()), "42501");
    Ok(())
}

#[howdah_testkit::test(migrations = "tests/data/migrations")]
async fn another_test_sees_nothing_of_it(pool: Pool) -> Result {
    let mut connection = pool.acquire().await?;
    let count: i64 = sqlx::query_scalar("select count(*) from items")
        .fetch_one(&mut *connection)
        .await?;
    assert_eq!(count, 0);
    Ok(())
}

#[howdah_testkit::test(
    migrations = "tests/data/migrations",
    fixtures("tests/data/fixtures/two_items.sql")
)]
async fn fixtures_are_there_for_each_role(
    mut app: PgConnection,
    ReadOnly(mut reader): ReadOnly<PgConnection>,
    Migrator(mut migrator): Migrator<PgConnection>,
    Superuser(mut superuser): Superuser<PgConnection>,
) -> Result {
    for connection in [&mut app, &mut reader] {
        let count: i64 = sqlx::query_scalar("select count(*) from items")
            .fetch_one(connection)
            .await?;
        assert_eq!(count, 2);
    }
    let denied = sqlx::query("delete from items").execute(&mut reader).await;
    assert_eq!(sqlstate(&denied.unwrap_err()), "42501");
    let is_member: bool = sqlx::query_scalar(
        "select pg_has_role(tableowner, 'member') from pg_tables where tablename = 'items'",
    )
    .fetch_one(&mut migrator)
    .await?;
    assert!(is_member, "the migrator may become the owner");
    let is_superuser: String = sqlx::query_scalar("show is_superuser")
        .fetch_one(&mut superuser)
        .await?;
    assert_eq!(is_superuser, "on");
    Ok(())
}

#[howdah_testkit::test(migrations = "tests/data/migrations", schema = "shop")]
async fn the_schema_has_the_name_that_is_asked_for(
    database: TestDatabase,
    settings: Database,
    login: Login,
) -> Result {
    assert_eq!(settings.schema.as_str(), "shop");
    assert_eq!(settings.name, *database.name());
    assert_eq!(login.user, settings.roles.app);
    let env = std::collections::BTreeMap::new();
    let resolved = settings
        .secrets
        .app
        .resolve(&env, howdah_secrets::Rules::Development)?;
    let login = Login::new(&settings, settings.roles.app.clone(), resolved.secret);
    let mut connection = howdah_pool::connect(&login).await?;
    let schema: String = sqlx::query_scalar(
        "select table_schema::text from information_schema.tables where table_name = 'items'",
    )
    .fetch_one(&mut connection)
    .await?;
    assert_eq!(schema, "shop");
    Ok(())
}

#[howdah_testkit::test(migrations = "tests/data/migrations", roles = false)]
async fn without_roles_everything_is_the_superusers(
    database: TestDatabase,
    mut connection: PgConnection,
) -> Result {
    let (user, owner): (String, String) = sqlx::query_as(
        "select current_user::text, tableowner::text from pg_tables where tablename = 'items'",
    )
    .fetch_one(&mut connection)
    .await?;
    assert_eq!(user, owner);
    let named: i64 = sqlx::query_scalar("select count(*) from pg_roles where rolname = $1")
        .bind(database.layout().app().as_str())
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(named, 0);
    Ok(())
}

#[howdah_testkit::test(migrations = false, roles = "own")]
async fn roles_of_its_own_may_be_changed(
    database: TestDatabase,
    Superuser(mut superuser): Superuser<PgConnection>,
) -> Result {
    let name = database.name().as_str().to_owned();
    assert!(database.layout().app().as_str().starts_with(&name));
    let alter = format!("alter role {} connection limit 1", database.layout().app());
    sqlx::query(sqlx::AssertSqlSafe(alter))
        .execute(&mut superuser)
        .await?;
    Ok(())
}

#[howdah_testkit::test(migrations = &EMBEDDED)]
async fn an_embedded_migrator_is_a_source_too(mut connection: PgConnection) -> Result {
    sqlx::query("select 1").execute(&mut connection).await?;
    Ok(())
}

#[howdah_testkit::test(migrations = false, worker_threads = 2)]
async fn a_runtime_of_several_threads_can_be_asked_for(_login: Login) {
    assert_eq!(tokio::runtime::Handle::current().metrics().num_workers(), 2);
}

#[howdah_testkit::test(migrations = "tests/data/migrations", rollback)]
async fn a_transaction_that_is_rolled_back_can_nest(mut connection: PgConnection) -> Result {
    use sqlx::Connection;
    let mut nested = connection.begin().await?;
    sqlx::query("insert into items (name) values ('only here')")
        .execute(&mut *nested)
        .await?;
    nested.commit().await?;
    let count: i64 = sqlx::query_scalar("select count(*) from items")
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(count, 1);
    Ok(())
}

#[howdah_testkit::test(migrations = "tests/data/migrations", rollback)]
async fn nothing_of_it_is_there_for_the_next(
    ReadOnly(mut connection): ReadOnly<PgConnection>,
) -> Result {
    let count: i64 = sqlx::query_scalar("select count(*) from items")
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(count, 0);
    Ok(())
}

#[howdah_testkit::test(
    migrations = "tests/data/migrations",
    fixtures = "tests/data/fixtures/two_items.sql",
    rollback
)]
#[should_panic(expected = "this test cannot commit")]
async fn a_commit_in_rollback_mode_fails_the_test(mut connection: PgConnection) {
    sqlx::query("delete from items")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("commit")
        .execute(&mut connection)
        .await
        .unwrap();
}

#[howdah_testkit::test(
    migrations = "tests/data/migrations",
    fixtures = "tests/data/fixtures/two_items.sql",
    rollback
)]
async fn what_another_test_tried_to_commit_is_not_there(
    Superuser(mut connection): Superuser<PgConnection>,
) -> Result {
    let count: i64 = sqlx::query_scalar("select count(*) from items")
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(count, 2);
    Ok(())
}

#[howdah_testkit::test(migrations = "tests/data/migrations", rollback)]
async fn what_follows_a_rollback_of_the_tests_own_is_refused(
    mut connection: PgConnection,
) -> Result {
    sqlx::query("rollback").execute(&mut connection).await?;
    let insert = "insert into items (name) values ('leak')";
    let refused = sqlx::query(insert).execute(&mut connection).await;
    assert_eq!(sqlstate(&refused.unwrap_err()), "25006");
    Ok(())
}

#[tokio::test]
async fn a_transaction_needs_no_attribute() -> Result {
    let setup = Setup::new().migrations("tests/data/migrations");
    for _again in 0..2 {
        let mut app = setup.transaction(As::App).await?;
        sqlx::query("insert into items (name) values ('only here')")
            .execute(&mut *app)
            .await?;
        let count: i64 = sqlx::query_scalar("select count(*) from items")
            .fetch_one(&mut *app)
            .await?;
        assert_eq!(count, 1);
        app.close().await?;
    }
    let mut migrator = setup.transaction(As::Migrator).await?;
    let commit = sqlx::query("commit").execute(&mut *migrator).await;
    assert!(
        commit
            .unwrap_err()
            .to_string()
            .contains("this test cannot commit")
    );
    Ok(())
}

#[howdah_testkit::test(min_pg = 99)]
async fn a_test_for_a_later_version_is_not_run(_login: Login) {
    panic!("there is no such version yet");
}

#[howdah_testkit::test(migrations = "tests/data/nowhere")]
#[should_panic(expected = "tests/data/nowhere")]
async fn migrations_that_are_not_there_are_named(_login: Login) {}

#[howdah_testkit::test(migrations = false)]
async fn a_test_may_return_an_error() -> Result {
    Ok(())
}

fn sqlstate(error: &sqlx::Error) -> String {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.map_or_else(|| error.to_string(), std::borrow::Cow::into_owned)
}
