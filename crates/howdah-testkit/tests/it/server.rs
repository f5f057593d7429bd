use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use howdah_testkit::TestServer;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// From a kill to a server that is gone.
const DEADLINE: Duration = Duration::from_secs(30);

mod on_local_binaries {
    use std::process::Command;

    use howdah_testkit::{Migrations, Setup, TestServer, connect};

    #[test]
    fn the_server_ends_when_its_process_is_killed() -> super::Result {
        super::killed("local")
    }

    #[tokio::test]
    async fn a_server_of_its_own_ends_with_its_value() -> super::Result {
        super::dropped(TestServer::local().await?)
    }

    #[tokio::test]
    async fn the_log_of_a_server_that_died_is_shown() -> super::Result {
        let server = TestServer::local().await?;
        let mut superuser = connect(&server.superuser("postgres".parse()?)).await?;
        let pid: i32 = sqlx::query_scalar(
            "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int4",
        )
        .fetch_one(&mut superuser)
        .await?;
        let quit = Command::new("kill")
            .args(["-QUIT", &pid.to_string()])
            .status()?;
        assert!(quit.success());
        super::gone(server.superuser("postgres".parse()?).host.port);
        let setup = Setup::new().migrations(Migrations::None);
        // With all that it wraps.
        let error = format!("{:?}", setup.database_on(&server).await.unwrap_err());
        assert!(error.contains("NoAnswer"), "{error}");
        assert!(
            error.contains("received immediate shutdown request"),
            "{error}"
        );
        Ok(())
    }
}

mod in_a_container {
    use howdah_testkit::TestServer;

    #[test]
    fn the_server_ends_when_its_process_is_killed() -> super::Result {
        super::killed("container")
    }

    #[tokio::test]
    async fn a_server_of_its_own_ends_with_its_value() -> super::Result {
        super::dropped(TestServer::container().await?)
    }
}

fn killed(backend: &str) -> Result {
    let (mut process, port) = hold_a_server(backend)?;
    TcpStream::connect(("127.0.0.1", port))?;
    process.kill()?;
    process.wait()?;
    gone(port);
    Ok(())
}

fn gone(port: u16) {
    let end = Instant::now() + DEADLINE;
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(Instant::now() < end, "the server is still there");
        std::thread::yield_now();
    }
}

/// A server that is not shared ends when the value is dropped.
fn dropped(server: TestServer) -> Result {
    let port = server.superuser("postgres".parse()?).host.port;
    TcpStream::connect(("127.0.0.1", port))?;
    drop(server);
    gone(port);
    Ok(())
}

fn hold_a_server(backend: &str) -> Result<(Child, u16)> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test process that can be killed"
    )]
    let mut process = Command::new(example()?)
        .env("HOWDAH_TEST_BACKEND", backend)
        .env_remove("HOWDAH_TEST_SERVER")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let said = process.stdout.take().ok_or("no standard output")?;
    let mut line = String::new();
    BufReader::new(said).read_line(&mut line)?;
    let port = line
        .trim()
        .parse()
        .map_err(|error| format!("the server did not start ({error}); its own words are above"))?;
    Ok((process, port))
}

/// Cargo builds examples before tests, into the directory beside theirs.
fn example() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let target = test.ancestors().nth(2).ok_or("no target directory")?;
    Ok(target.join("examples").join("hold_a_server"))
}
