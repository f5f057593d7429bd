//! Written by `cargo xtask bench testkit`: starts a server of its own, says how many microseconds that took up to its
//! first answer, and its URL, and holds it until standard input ends.

use std::io::{Read, Write, stdin, stdout};
use std::time::Instant;

use howdah_testkit::{TestServer, connect};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let began = Instant::now();
    let server = match std::env::args().nth(1).as_deref() {
        Some("container") => TestServer::container().await?,
        _ => TestServer::local().await?,
    };
    let login = server.superuser("postgres".parse()?);
    let mut connection = connect(&login).await?;
    let one: i32 = sqlx::query_scalar("select 1").fetch_one(&mut connection).await?;
    assert_eq!(one, 1);
    let took = began.elapsed().as_micros();
    let (user, password) = (login.user.as_str(), login.password.expose());
    let (host, port) = (&login.host.host, login.host.port);
    writeln!(stdout(), "{took} postgres://{user}:{password}@{host}:{port}/postgres?sslmode=disable")?;
    stdout().flush()?;
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
