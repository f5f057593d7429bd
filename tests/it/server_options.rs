//! What `db-up` can be asked to have besides a version and a port, and that it stays.

use std::fs;

use serde_json::Value;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::xtask::{Project, Result, words};

mod on_local_binaries {
    use crate::xtask::Result;

    #[tokio::test]
    async fn settings_and_files_reach_the_server_and_stay() -> Result {
        super::settings("local").await
    }

    #[tokio::test]
    async fn with_tls_the_urls_verify_the_server() -> Result {
        super::tls("local").await
    }
}

mod in_a_container {
    use crate::xtask::Result;

    #[tokio::test]
    async fn settings_and_files_reach_the_server_and_stay() -> Result {
        super::settings("container").await
    }

    #[tokio::test]
    async fn with_tls_the_urls_verify_the_server() -> Result {
        super::tls("container").await
    }
}

async fn settings(backend: &'static str) -> Result {
    let project = Project::new(backend)?;
    project.write(
        "extra.conf",
        "work_mem = 5MB\nmaintenance_work_mem = 33MB\n",
    )?;
    let file = project.path().join("extra.conf").display().to_string();
    let first = up(&project, &["--set", "work_mem=7MB", "--config-file", &file])?;
    assert_eq!(show(&project, &first, "work_mem").await?, "7MB");
    assert_eq!(
        show(&project, &first, "maintenance_work_mem").await?,
        "33MB"
    );
    let begun = started(&project, &first).await?;

    let again = up(&project, &[])?;
    assert_eq!(show(&project, &again, "work_mem").await?, "7MB");
    assert_eq!(
        started(&project, &again).await?,
        begun,
        "it was started again"
    );

    // Containers are reached from another address than 127.0.0.1.
    let lines = "host all nobody_special all reject\nhost all all all scram-sha-256\n";
    project.write("hba.conf", lines)?;
    let file = project.path().join("hba.conf").display().to_string();
    let hba = up(&project, &["--hba-file", &file])?;
    let sql = "select user_name[1] from pg_hba_file_rules order by line_number limit 1";
    assert_eq!(ask(&project, &hba, sql).await?, "nobody_special");
    assert_eq!(show(&project, &hba, "work_mem").await?, "7MB");

    let refused = project.run(&with(&project, &["--set", "work_mem=much"]))?;
    assert_eq!(refused.status.code(), Some(1), "{}", words(&refused));
    assert!(words(&refused).contains("work_mem"), "{}", words(&refused));
    let mended = up(&project, &[])?;
    assert_eq!(show(&project, &mended, "work_mem").await?, "7MB");

    let plain = up(&project, &["--plain"])?;
    assert_eq!(show(&project, &plain, "work_mem").await?, "4MB");
    assert_eq!(plain["port"], first["port"]);
    assert_eq!(plain["roles"]["changes"], 0, "{plain}");
    Ok(())
}

async fn tls(backend: &'static str) -> Result {
    let project = Project::new(backend)?;
    let plain = up(&project, &[])?;
    assert_eq!(plain["tls"], false);
    let first = up(&project, &["--tls"])?;
    assert_eq!(first["tls"], true);
    assert_eq!(first["roles"]["changes"], 0, "the data stays: {first}");
    verifies(&project).await?;
    let begun = started(&project, &first).await?;
    let certificate = fs::read(project.state("secrets").join("server.crt"))?;

    for options in [&["--tls"][..], &[]] {
        let again = up(&project, options)?;
        assert_eq!(again["tls"], true, "{again}");
        assert_eq!(
            started(&project, &again).await?,
            begun,
            "it was started again"
        );
    }
    assert_eq!(
        fs::read(project.state("secrets").join("server.crt"))?,
        certificate
    );
    project.json(&["db-down", "--json"])?;
    up(&project, &[])?;
    verifies(&project).await?;

    let plain = up(&project, &["--plain"])?;
    assert_eq!(plain["tls"], false);
    assert!(!fs::read_to_string(project.state("env"))?.contains("sslmode"));
    Ok(())
}

/// Each URL as a shell reads it leads to an encrypted session, and not past another authority.
async fn verifies(project: &Project) -> Result {
    let urls = project.urls()?;
    assert_eq!(urls.len(), 3, "{:?}", urls.keys());
    for (variable, url) in urls {
        let url = url.trim_matches('\'').to_owned();
        assert!(
            url.contains("?sslmode=verify-full&sslrootcert=/"),
            "{variable}"
        );
        let mut connection = PgConnection::connect(&url).await?;
        let encrypted: bool =
            sqlx::query_scalar("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
                .fetch_one(&mut connection)
                .await?;
        assert!(encrypted, "{variable}");
        let other = url.replace("ca.crt", "server.crt");
        assert!(PgConnection::connect(&other).await.is_err(), "{variable}");
    }
    Ok(())
}

fn with<'a>(project: &Project, options: &[&'a str]) -> Vec<&'a str> {
    let mut args = project.up_args();
    args.extend(options);
    args
}

fn up(project: &Project, options: &[&str]) -> Result<Value> {
    project.json(&with(project, options))
}

async fn show(project: &Project, report: &Value, setting: &str) -> Result<String> {
    ask(
        project,
        report,
        &format!("select current_setting('{setting}')"),
    )
    .await
}

/// When the server was started.
async fn started(project: &Project, report: &Value) -> Result<String> {
    ask(project, report, "select pg_postmaster_start_time()::text").await
}

async fn ask(project: &Project, report: &Value, sql: &str) -> Result<String> {
    let port = report["port"].as_u64().ok_or("no port")?;
    let mut superuser = project.superuser(port).await?;
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
        .fetch_one(&mut superuser)
        .await?)
}
