use std::net::TcpStream;
use std::time::{Duration, Instant};

use howdah_testkit::TestServer;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// From a kill to a server that is gone.
const DEADLINE: Duration = Duration::from_secs(30);

mod on_local_binaries {
    use std::process::Command;

    use howdah_testkit::{Migrations, Setup, TestServer, connect};

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
        #[expect(clippy::disallowed_methods, reason = "it ends at once")]
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

    #[tokio::test]
    async fn a_server_of_its_own_ends_with_its_value() -> super::Result {
        super::dropped(TestServer::container().await?)
    }
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
