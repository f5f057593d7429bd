//! `PgBouncer` in front of the server.

use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};

use crate::xtask::{Project, Result, words};

mod on_local_binaries {
    use crate::xtask::Result;

    #[tokio::test]
    async fn the_app_gets_a_pooled_way_to_the_server_that_comes_and_goes_with_it() -> Result {
        super::scenario("local").await
    }

    #[tokio::test]
    async fn everything_at_once_fits_together() -> Result {
        super::everything().await
    }
}

mod in_a_container {
    use crate::xtask::Result;

    #[tokio::test]
    async fn the_app_gets_a_pooled_way_to_the_server_that_comes_and_goes_with_it() -> Result {
        super::scenario("container").await
    }
}

async fn everything() -> Result {
    let project = Project::new("local")?;
    let options = ["--tls", "--replica", "--pgbouncer", "--set", "work_mem=7MB"];
    let first = up(&project, &options)?;
    let urls = project.urls()?;
    assert_eq!(urls.len(), 5, "{:?}", urls.keys());
    for (variable, url) in &urls {
        let mut connection = PgConnection::connect(url.trim_matches('\'')).await?;
        let sql = "select current_setting('work_mem')";
        let row = sqlx::Executor::fetch_one(&mut connection, sqlx::raw_sql(sql)).await?;
        assert_eq!(row.try_get::<String, _>(0)?, "7MB", "{variable}");
        let is_pooled = variable == "DATABASE_POOLED_URL";
        assert_eq!(url.contains("verify-full"), !is_pooled, "{variable}");
    }
    let again = up(&project, &[])?;
    for part in ["port", "tls", "replica", "pgbouncer"] {
        assert_eq!(again[part], first[part], "{part}");
    }
    assert_eq!(again["roles"]["changes"], 0, "{again}");
    assert_eq!(project.urls()?, urls);
    Ok(())
}

async fn scenario(backend: &'static str) -> Result {
    let project = Project::new(backend)?;
    let first = up(&project, &["--pgbouncer"])?;
    assert_eq!(first["pgbouncer"]["mode"], "transaction", "{first}");
    let port = first["pgbouncer"]["port"].clone();
    assert!(port.is_u64() && port != first["port"], "{first}");
    assert!(shares_connections(&project).await?);

    let again = up(&project, &[])?;
    assert_eq!(again["pgbouncer"], first["pgbouncer"], "it is remembered");
    let status = project.json(&["db-status", "--json"])?;
    assert_eq!(
        status["pgbouncer"],
        json!({ "running": true, "port": port })
    );

    let doctor = words(&project.run(&["doctor"])?);
    assert!(
        doctor.contains(&format!("pgbouncer   runs on port {port}")),
        "{doctor}"
    );

    kill(&project)?;
    let doctor = words(&project.run(&["doctor"])?);
    assert!(
        doctor.contains("pgbouncer   does not run, and the server does"),
        "{doctor}"
    );

    project.json(&["db-down", "--json"])?;
    assert!(
        connect(&project).await.is_err(),
        "it is stopped with the server"
    );
    let session = up(&project, &["--pgbouncer", "session"])?;
    assert_eq!(session["pgbouncer"]["mode"], "session", "{session}");
    assert!(!shares_connections(&project).await?);

    let mut reset = vec!["db-reset", "--confirm", "appdb"];
    reset.extend(project.up_args().into_iter().skip(1));
    assert_eq!(project.json(&reset)?["pgbouncer"], session["pgbouncer"]);
    assert!(!shares_connections(&project).await?);

    let alone = up(&project, &["--plain"])?;
    assert_eq!(alone["pgbouncer"], Value::Null);
    assert!(!project.urls()?.contains_key("DATABASE_POOLED_URL"));
    assert!(!project.state("pgbouncer").exists());
    Ok(())
}

/// From outside, as the out-of-memory killer would; returns when the process is gone.
fn kill(project: &Project) -> Result {
    let pid = std::fs::read_to_string(project.state("pgbouncer/pgbouncer/pgbouncer.pid"))?;
    let pid = pid.trim();
    #[expect(
        clippy::disallowed_methods,
        reason = "the kill from outside that this is about"
    )]
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-KILL", pid]).status()?.success());
    let process = std::path::Path::new("/proc").join(pid);
    let runs =
        || std::fs::read_to_string(process.join("stat")).is_ok_and(|stat| !stat.contains(") Z "));
    while runs() {
        std::thread::yield_now();
    }
    Ok(())
}

/// Whether two clients that are connected at once, and have nothing to do, use the same connection to the server.
async fn shares_connections(project: &Project) -> Result<bool> {
    let (mut one, mut other) = (connect(project).await?, connect(project).await?);
    Ok(backend(&mut one).await? == backend(&mut other).await?)
}

/// The server's process behind this connection; the app is the user, and its schema is found.
async fn backend(connection: &mut PgConnection) -> Result<i32> {
    let sql = "select current_user::text, pg_backend_pid(), (select count(*) from tenants)";
    // Without a prepared statement, which another client's connection would not have.
    let row = sqlx::Executor::fetch_one(connection, sqlx::raw_sql(sql)).await?;
    assert_eq!(row.try_get::<String, _>(0)?, "appuser");
    Ok(row.try_get(1)?)
}

async fn connect(project: &Project) -> Result<PgConnection> {
    let urls = project.urls()?;
    let url = urls.get("DATABASE_POOLED_URL").ok_or("no pooled URL")?;
    Ok(PgConnection::connect(url).await?)
}

fn up(project: &Project, options: &[&str]) -> Result<Value> {
    let mut args = project.up_args();
    args.extend(options);
    project.json(&args)
}
