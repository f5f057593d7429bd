//! Starts the shared server, says its port, and holds it until this process ends.

use std::io::{Read, Write, stdin, stdout};

use howdah_testkit::TestServer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = TestServer::shared().await?;
    let port = server.superuser("postgres".parse()?).host.port;
    writeln!(stdout(), "{port}")?;
    stdout().flush()?;
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
