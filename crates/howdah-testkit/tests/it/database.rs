use std::path::Path;

use howdah_testkit::{As, TestDatabase, TestServer, connect};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

mod on_local_binaries {
    use howdah_testkit::TestServer;

    #[tokio::test]
    async fn a_migrated_database_serves_the_roles_and_is_dropped() -> super::Result {
        super::scenario(&TestServer::local().await?).await
    }
}

mod in_a_container {
    use howdah_testkit::TestServer;

    #[tokio::test]
    async fn a_migrated_database_serves_the_roles_and_is_dropped() -> super::Result {
        super::scenario(&TestServer::container().await?).await
    }
}

async fn scenario(server: &TestServer) -> Result {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let (one, other) = tokio::try_join!(
        TestDatabase::migrated(server, &migrations),
        TestDatabase::migrated(server, &migrations)
    )?;
    let mut app = one.connect(As::App).await?;
    sqlx::query("insert into tenants (slug, name) values ('acme', 'Acme')")
        .execute(&mut app)
        .await?;
    assert_eq!(tenants(&one).await?, 1);
    assert_eq!(tenants(&other).await?, 0, "databases are isolated");

    let name = one.layout().database().as_str().to_owned();
    drop(app);
    drop(one);
    let mut superuser = connect(&server.superuser("postgres".parse()?)).await?;
    let left: Vec<String> = sqlx::query_scalar(
        "select datname::text from pg_catalog.pg_database where datname = $1 \
         union all select rolname::text from pg_catalog.pg_roles where starts_with(rolname, $1)",
    )
    .bind(name)
    .fetch_all(&mut superuser)
    .await?;
    assert_eq!(
        left,
        Vec::<String>::new(),
        "the database and its roles are dropped"
    );
    Ok(())
}

async fn tenants(database: &TestDatabase) -> Result<i64> {
    let mut reader = database.connect(As::ReadOnly).await?;
    Ok(sqlx::query_scalar("select count(*) from tenants")
        .fetch_one(&mut reader)
        .await?)
}
