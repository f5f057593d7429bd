//! What the server logs, as it comes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use sqlx::Executor;

use crate::xtask::{Project, Result, words};

mod on_local_binaries {
    use crate::xtask::Result;

    #[tokio::test]
    async fn the_log_is_shown_and_followed_without_a_password() -> Result {
        super::scenario("local").await
    }
}

mod in_a_container {
    use crate::xtask::Result;

    #[tokio::test]
    async fn the_log_is_shown_and_followed_without_a_password() -> Result {
        super::scenario("container").await
    }
}

async fn scenario(backend: &'static str) -> Result {
    let project = Project::new(backend)?;
    let none = project.run(&["db-logs"])?;
    assert_eq!(none.status.code(), Some(1), "{}", words(&none));
    assert!(
        words(&none).contains("cargo xtask db-up"),
        "{}",
        words(&none)
    );

    let port = project.up()?["port"].as_u64().ok_or("no port")?;
    let mut app = project
        .connect("appuser", "postgres_app_user_pw", port)
        .await?;
    let password = project.secret("postgres_app_user_pw")?;
    let statement = format!("select 1 / 0 as first_{}", password.expose());
    let failed = app.execute(sqlx::AssertSqlSafe(statement)).await.map(drop);
    assert!(failed.is_err());

    let shown = project.run(&["db-logs", "-n", "20"])?;
    let text = String::from_utf8(shown.stdout.clone())?;
    assert_eq!(shown.status.code(), Some(0), "{}", words(&shown));
    assert!(text.contains("select 1 / 0 as first_[REDACTED]"), "{text}");
    assert!(text.lines().count() <= 20, "{text}");
    assert!(!text.contains(password.expose()));
    assert!(shown.stderr.is_empty(), "{}", words(&shown));

    let mut follow = project
        .command(&["db-logs", "--follow", "--lines", "0"])
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(follow.stdout.take().ok_or("no output")?).lines();
    // It has no line to begin with, so that the statement is made until it is seen.
    let (found, seen) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in lines.map_while(std::result::Result::ok) {
            if line.contains("as second") {
                found.send(()).ok();
            }
        }
    });
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while seen.try_recv().is_err() {
        assert!(
            std::time::Instant::now() < deadline,
            "no further line is shown"
        );
        let failed = app.execute("select 1 / 0 as second").await.map(drop);
        assert!(failed.is_err());
    }
    drop(app);
    project.json(&["db-down", "--json"])?;
    let ended = follow.wait()?;
    assert!(ended.success(), "it ends with the server: {ended}");
    reader.join().map_err(|_panicked| "the reader panicked")?;
    Ok(())
}
