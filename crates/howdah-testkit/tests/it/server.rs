use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// From a kill to a server that is gone.
const DEADLINE: Duration = Duration::from_secs(30);

mod on_local_binaries {
    #[test]
    fn the_server_ends_when_its_process_is_killed() -> super::Result {
        super::killed("local")
    }
}

mod in_a_container {
    #[test]
    fn the_server_ends_when_its_process_is_killed() -> super::Result {
        super::killed("container")
    }
}

fn killed(backend: &str) -> Result {
    let (mut process, port) = hold_a_server(backend)?;
    TcpStream::connect(("127.0.0.1", port))?;
    process.kill()?;
    process.wait()?;
    let end = Instant::now() + DEADLINE;
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(Instant::now() < end, "the server outlives its process");
        std::thread::yield_now();
    }
    Ok(())
}

fn hold_a_server(backend: &str) -> Result<(Child, u16)> {
    #[expect(clippy::disallowed_methods, reason = "a test process that can be killed")]
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
