//! A standby beside the server: for reading, through everything that happens to the server.

use serde_json::Value;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::xtask::{Project, Result, words};

mod on_local_binaries {
    use crate::xtask::Result;

    #[tokio::test]
    async fn a_standby_follows_the_server_and_goes_with_it() -> Result {
        super::scenario("local").await
    }
}

mod in_a_container {
    use crate::xtask::Result;

    #[tokio::test]
    async fn a_standby_follows_the_server_and_goes_with_it() -> Result {
        super::scenario("container").await
    }
}

async fn scenario(backend: &'static str) -> Result {
    let project = Project::new(backend)?;
    let first = up(&project, &["--replica"])?;
    let port = first["replica"]["port"]
        .as_u64()
        .ok_or("no port of a standby")?;
    assert_ne!(first["replica"]["port"], first["port"]);
    serves_readers(&project).await?;

    let again = up(&project, &[])?;
    assert_eq!(
        again["replica"]["port"].as_u64(),
        Some(port),
        "it is remembered"
    );
    let status = project.json(&["db-status", "--json"])?;
    assert_eq!(
        status["replica"],
        serde_json::json!({ "running": true, "port": port })
    );

    let doctor = words(&project.run(&["doctor"])?);
    assert!(
        doctor.contains(&format!("standby     runs on port {port}")),
        "{doctor}"
    );

    project.json(&["db-down", "--json"])?;
    assert!(
        connect(&project).await.is_err(),
        "it is stopped with the server"
    );
    let down = project.run(&["db-status"])?;
    assert!(
        words(&down).contains("A standby is stopped"),
        "{}",
        words(&down)
    );
    up(&project, &[])?;
    serves_readers(&project).await?;

    let mut reset = vec!["db-reset", "--confirm", "appdb"];
    reset.extend(project.up_args().into_iter().skip(1));
    let reset = project.json(&reset)?;
    assert!(reset["replica"]["port"].is_u64(), "{reset}");
    serves_readers(&project).await?;

    let alone = up(&project, &["--plain"])?;
    assert_eq!(alone["replica"], Value::Null);
    assert!(!project.urls()?.contains_key("DATABASE_REPLICA_URL"));
    assert!(!project.state("replica").exists());
    let port = alone["port"].as_u64().ok_or("no port")?;
    let slots: i64 = sqlx::query_scalar("select count(*) from pg_replication_slots")
        .fetch_one(&mut project.superuser(port).await?)
        .await?;
    assert_eq!(slots, 0, "a slot without a standby holds the log for ever");

    up(&project, &["--replica"])?;
    project.json(&["db-down", "--volumes", "--json"])?;
    assert!(!project.state("replica").exists());
    Ok(())
}

/// The read-only role reads there at once what is in the database, and nobody writes.
async fn serves_readers(project: &Project) -> Result {
    let mut reader = connect(project).await?;
    let who: (String, bool, bool) = sqlx::query_as(
        "select current_user::text, pg_is_in_recovery(), exists (select from _sqlx_migrations)",
    )
    .fetch_one(&mut reader)
    .await?;
    assert_eq!(who, ("backupuser".to_owned(), true, true));
    let written = sqlx::query("insert into tenants (slug, name) values ('a', 'A')")
        .execute(&mut reader)
        .await;
    assert!(written.is_err());
    Ok(())
}

async fn connect(project: &Project) -> Result<PgConnection> {
    let urls = project.urls()?;
    let url = urls
        .get("DATABASE_REPLICA_URL")
        .ok_or("no URL of a standby")?;
    Ok(PgConnection::connect(url).await?)
}

fn up(project: &Project, options: &[&str]) -> Result<Value> {
    let mut args = project.up_args();
    args.extend(options);
    project.json(&args)
}
