//! What every server must do, whichever it is.

use std::path::Path;

use howdah_testkit::{As, Setup, TestDatabase, TestServer, connect};

use crate::support::Result;

mod on_local_binaries {
    use howdah_testkit::TestServer;

    use crate::support::Result;

    #[tokio::test]
    async fn a_server_of_local_binaries_conforms() -> Result {
        super::conforms(&TestServer::local().await?).await
    }

    #[tokio::test]
    async fn a_named_server_conforms() -> Result {
        let server = TestServer::local().await?;
        super::conforms(&super::named(&server).await?).await
    }
}

mod in_a_container {
    use howdah_testkit::TestServer;

    use crate::support::Result;

    #[tokio::test]
    async fn a_server_in_a_container_conforms() -> Result {
        super::conforms(&TestServer::container().await?).await
    }

    #[tokio::test]
    async fn a_named_server_conforms() -> Result {
        let server = TestServer::container().await?;
        super::conforms(&super::named(&server).await?).await
    }
}

/// The same server by its address alone, as somebody would name it.
async fn named(server: &TestServer) -> Result<TestServer> {
    let login = server.superuser("postgres".parse()?);
    let url = format!(
        "postgres://{}:{}@{}:{}/postgres?sslmode=disable",
        login.user.as_str(),
        login.password.expose(),
        login.host.host,
        login.host.port
    );
    Ok(TestServer::at(&url).await?)
}

async fn conforms(server: &TestServer) -> Result {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let (one, other) = tokio::try_join!(
        TestDatabase::migrated(server, &migrations),
        TestDatabase::migrated(server, &migrations)
    )?;
    databases_are_isolated(&one, &other).await?;
    what_a_template_does_not_hand_down_is_there(&one).await?;
    let mut superuser = connect(&server.superuser("postgres".parse()?)).await?;
    let name = one.name().as_str().to_owned();
    // An open connection does not keep it.
    let _left_open = one.connect(As::App).await?;
    drop(one);
    assert_eq!(
        count(&mut superuser, "pg_database where datname = $1", &name).await?,
        0
    );

    let own = TestDatabase::with_roles(server).await?;
    let name = own.name().as_str().to_owned();
    assert_eq!(
        count(
            &mut superuser,
            "pg_roles where starts_with(rolname, $1)",
            &name
        )
        .await?,
        6
    );
    own.close(false).await?;
    assert_eq!(
        count(
            &mut superuser,
            "pg_roles where starts_with(rolname, $1)",
            &name
        )
        .await?,
        0
    );

    nobody_elses_database_is_touched(server, &mut superuser).await
}

async fn databases_are_isolated(one: &TestDatabase, other: &TestDatabase) -> Result {
    let mut app = one.connect(As::App).await?;
    sqlx::query("insert into tenants (slug, name) values ('acme', 'Acme')")
        .execute(&mut app)
        .await?;
    assert_eq!(tenants(one).await?, 1);
    assert_eq!(tenants(other).await?, 0, "databases are isolated");
    Ok(())
}

async fn what_a_template_does_not_hand_down_is_there(database: &TestDatabase) -> Result {
    let mut superuser = database.connect(As::Superuser).await?;
    let everybody: bool = sqlx::query_scalar(
        "select has_database_privilege('public', current_database(), 'temporary')",
    )
    .fetch_one(&mut superuser)
    .await?;
    assert!(!everybody, "PUBLIC has no rights on a clone");
    let mut login = database.login(As::App);
    login.schema = None;
    let mut app = connect(&login).await?;
    let path: String = sqlx::query_scalar("show search_path")
        .fetch_one(&mut app)
        .await?;
    assert_eq!(
        path, "app, pg_temp",
        "the role's own setting in this database"
    );
    Ok(())
}

/// Names that look like the kit's, which the kit has not made.
async fn nobody_elses_database_is_touched(
    server: &TestServer,
    superuser: &mut sqlx::PgConnection,
) -> Result {
    let names = [
        "howdah_test_0123456789ab",
        "howdah_template_0123456789abcdef",
    ];
    for name in names {
        let create = format!("create database {name}");
        sqlx::query(sqlx::AssertSqlSafe(create))
            .execute(&mut *superuser)
            .await?;
    }
    // Another process, as far as the server knows, which looks for what it may remove.
    let again = named(server).await?;
    Setup::new()
        .migrations(howdah_testkit::Migrations::None)
        .database_on(&again)
        .await?
        .close(false)
        .await?;
    for name in names {
        assert_eq!(
            count(superuser, "pg_database where datname = $1", name).await?,
            1
        );
    }
    Ok(())
}

async fn count(superuser: &mut sqlx::PgConnection, what: &str, name: &str) -> Result<i64> {
    let query = format!("select count(*) from {what}");
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(query))
        .bind(name)
        .fetch_one(superuser)
        .await?)
}

async fn tenants(database: &TestDatabase) -> Result<i64> {
    let mut reader = database.connect(As::ReadOnly).await?;
    Ok(sqlx::query_scalar("select count(*) from tenants")
        .fetch_one(&mut reader)
        .await?)
}
