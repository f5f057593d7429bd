//! What an image must be like, so that the published PostgreSQL module of testcontainers can use it as it is.

mod in_a_container {
    use testcontainers::runners::AsyncRunner;
    use testcontainers::{ContainerAsync, ImageExt};
    use testcontainers_modules::postgres::Postgres;

    use crate::support::Result;

    const READY: &str = "database system is ready to accept connections";

    #[tokio::test]
    async fn the_published_module_starts_the_image_with_its_own_defaults() -> Result {
        let container = start(Postgres::default()).await?;
        // The first line is the temporary server's of the first start, and on the standard output.
        let out = String::from_utf8(container.stdout_to_vec().await?)?;
        let err = String::from_utf8(container.stderr_to_vec().await?)?;
        assert_eq!(
            (out.matches(READY).count(), err.matches(READY).count()),
            (1, 1)
        );
        // PublishAllPorts: the image itself must expose the port.
        let url = format!(
            "postgres://postgres:postgres@127.0.0.1:{}/postgres",
            container.get_host_port_ipv4(5432).await?
        );
        assert_eq!(
            text(&url, "show fsync").await?,
            "off",
            "the module's arguments begin with a dash"
        );
        assert_eq!(text(&url, "show listen_addresses").await?, "*");
        Ok(())
    }

    #[tokio::test]
    async fn user_password_database_and_scripts_are_the_modules() -> Result {
        let script = b"create table made (n int); insert into made values (42);".to_vec();
        let module = Postgres::default()
            .with_user("ann")
            .with_password("pw")
            .with_db_name("shop")
            .with_init_sql(script);
        let container = start(module).await?;
        let port = container.get_host_port_ipv4(5432).await?;
        let url = format!("postgres://ann:pw@127.0.0.1:{port}/shop");
        assert_eq!(text(&url, "select n::text from made").await?, "42");
        let wrong = format!("postgres://ann:other@127.0.0.1:{port}/shop");
        assert!(
            text(&wrong, "select 'in'").await.is_err(),
            "the password counts"
        );
        Ok(())
    }

    #[tokio::test]
    async fn trust_lets_in_without_a_password() -> Result {
        let container = start(Postgres::default().with_host_auth()).await?;
        let port = container.get_host_port_ipv4(5432).await?;
        let url = format!("postgres://postgres:anything@127.0.0.1:{port}/postgres");
        assert_eq!(text(&url, "select 'in'").await?, "in");
        Ok(())
    }

    /// The image of the other tests, and nothing but the module's own request.
    async fn start(module: Postgres) -> Result<ContainerAsync<Postgres>> {
        #[expect(
            clippy::disallowed_methods,
            reason = "how the image of all tests is chosen"
        )]
        let image =
            std::env::var("HOWDAH_TEST_IMAGE").unwrap_or_else(|_| "postgres:17-alpine".to_owned());
        let (name, tag) = image.rsplit_once(':').unwrap_or((&image, "latest"));
        Ok(module.with_name(name).with_tag(tag).start().await?)
    }

    async fn text(url: &str, query: &'static str) -> Result<String> {
        use sqlx::Connection;
        let mut connection = sqlx::PgConnection::connect(url).await?;
        Ok(sqlx::query_scalar(query).fetch_one(&mut connection).await?)
    }
}
