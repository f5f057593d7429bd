//! What the server writes down.

use std::time::Duration;

use howdah_testkit::TestServer;
use sqlx::postgres::PgConnection;
use tokio::time::{Instant, sleep};

use crate::by::By;
use crate::support::{Result, run, server, unique};

const PATIENCE: Duration = Duration::from_secs(20);

/// All that the shared server has logged so far. It writes a session's lines when it gets to it, so that a mark of our own,
/// which comes after them, is waited for.
pub(crate) async fn read() -> Result<String> {
    let server = server().await?;
    let mut superuser = By::Superuser.connect("postgres").await?;
    let directory: String = sqlx::query_scalar("show data_directory")
        .fetch_one(&mut superuser)
        .await?;
    let mark = unique("mark");
    run(
        &mut superuser,
        &format!("do $$ begin raise log '{mark}'; end $$"),
    )
    .await?;
    let end = Instant::now() + PATIENCE;
    loop {
        let text = now(server, &directory)?;
        if text.contains(&mark) {
            return Ok(text);
        }
        assert!(
            Instant::now() < end,
            "the log of {directory} does not show {mark}"
        );
        sleep(Duration::from_millis(20)).await;
    }
}

/// The statements of one session, each as it was sent, in order.
pub(crate) async fn statements(pid: i32) -> Result<Vec<String>> {
    let text = read().await?;
    let mut entries: Vec<String> = Vec::new();
    let mut is_own = false;
    for line in text.lines() {
        if let Some(continued) = line.strip_prefix('\t') {
            if let Some(last) = entries.last_mut().filter(|_| is_own) {
                last.push('\n');
                last.push_str(continued);
            }
            continue;
        }
        is_own = line.contains(&format!("[{pid}] LOG:  "));
        if is_own {
            entries.push(line.to_owned());
        }
    }
    let statement = |entry: &String| {
        let (_, rest) = entry.split_once("LOG:  ")?;
        let is_statement = rest.starts_with("statement: ") || rest.starts_with("execute ");
        Some(rest.split_once(": ").filter(|_| is_statement)?.1.to_owned())
    };
    Ok(entries.iter().filter_map(statement).collect())
}

pub(crate) async fn pid(connection: &mut PgConnection) -> Result<i32> {
    let pid = sqlx::query_scalar("select pg_catalog.pg_backend_pid()");
    Ok(pid.fetch_one(connection).await?)
}

#[expect(clippy::disallowed_methods, reason = "the engine is a program")]
fn now(server: &TestServer, data: &str) -> Result<String> {
    let Some(container) = server.container_id() else {
        let file = std::path::Path::new(data).with_file_name("log/postgres.log");
        return Ok(String::from_utf8_lossy(&std::fs::read(file)?).into_owned());
    };
    let output = std::process::Command::new("docker")
        .args(["logs", container])
        .output()?;
    let text = [output.stdout, output.stderr].concat();
    Ok(String::from_utf8_lossy(&text).into_owned())
}
