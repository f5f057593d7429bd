use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use howdah_testkit::fault::{Backends, Ending, Proxy, Toxic, Way};
use howdah_testkit::{As, TestDatabase, connect};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use super::{Result, database, io_kind};

/// Long enough to tell silence from an answer; what is silent never answers.
const SILENCE: Duration = Duration::from_millis(300);

async fn through(database: &TestDatabase) -> Result<(Proxy, PgConnection)> {
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let connection = connect(&proxy.login(&login)).await?;
    Ok((proxy, connection))
}

async fn one(connection: &mut PgConnection) -> sqlx::Result<i32> {
    sqlx::query_scalar("select 1").fetch_one(connection).await
}

#[tokio::test]
async fn connections_bytes_messages_and_round_trips_are_counted() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    let login = proxy.counts();
    assert_eq!((login.connections, login.open), (1, 1));
    one(&mut connection).await?;
    let first = proxy.counts();
    one(&mut connection).await?;
    let second = proxy.counts().since(&first);
    assert_eq!(second.round_trips(), 1, "{second:?}");
    assert_eq!(second.from_clients.get(&'E'), Some(&1), "{second:?}");
    assert_eq!(second.from_server.get(&'D'), Some(&1), "{second:?}");
    assert_eq!(
        first.since(&login).round_trips(),
        2,
        "it was prepared first"
    );
    assert!(second.bytes_to_server > 0 && second.bytes_to_client > 0);
    connection.close().await?;
    proxy
        .wait_until("no connection", |counts| counts.open == 0)
        .await?;
    Ok(())
}

#[tokio::test]
async fn latency_delays_each_way_of_an_open_connection_until_it_is_removed() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    one(&mut connection).await?;
    let delay = Duration::from_millis(100);
    let far = proxy.inject(Way::BOTH, Toxic::latency(delay));
    let start = Instant::now();
    one(&mut connection).await?;
    assert!(start.elapsed() >= delay * 2, "{:?}", start.elapsed());
    drop(far);
    let delay = Duration::from_mins(10);
    let very_far = proxy.inject(&[Way::ToServer], Toxic::latency(delay));
    drop(very_far);
    timeout(Duration::from_secs(30), one(&mut connection)).await??;
    Ok(())
}

#[tokio::test]
async fn jitter_delays_unevenly_and_never_changes_the_order() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    let (delay, jitter) = (Duration::ZERO, Duration::from_millis(20));
    let _uneven = proxy.inject(Way::BOTH, Toxic::Latency { delay, jitter });
    let start = Instant::now();
    for number in 0..20 {
        let echo = sqlx::query_scalar("select $1").bind(number);
        let answer: i32 = echo.fetch_one(&mut connection).await?;
        assert_eq!(answer, number);
    }
    // More than forty ways of 10 ms each, in the mean.
    assert!(start.elapsed() >= Duration::from_millis(300));
    Ok(())
}

#[tokio::test]
async fn tiny_packets_arrive_whole() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    let (bytes, pause) = (1, Duration::ZERO);
    let _sliced = proxy.inject(Way::BOTH, Toxic::Slicer { bytes, pause });
    let long = "select repeat('x', 5000)";
    let answer: String = sqlx::query_scalar(long).fetch_one(&mut connection).await?;
    assert_eq!(answer.len(), 5000);
    Ok(())
}

#[tokio::test]
async fn a_narrow_line_takes_its_time() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    let bytes_per_second = 100_000;
    let _narrow = proxy.inject(&[Way::ToClient], Toxic::Bandwidth { bytes_per_second });
    let start = Instant::now();
    let long = "select repeat('x', 50000)";
    let answer: String = sqlx::query_scalar(long).fetch_one(&mut connection).await?;
    assert_eq!(answer.len(), 50_000);
    assert!(
        start.elapsed() >= Duration::from_millis(450),
        "{:?}",
        start.elapsed()
    );
    Ok(())
}

#[tokio::test]
async fn a_black_hole_is_silent_and_gives_back_what_it_swallowed_when_it_is_over() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    let hole = proxy.inject(Way::BOTH, Toxic::BlackHole);
    let before = proxy.counts();
    let mut answer = Box::pin(one(&mut connection));
    assert!(timeout(SILENCE, &mut answer).await.is_err(), "it answered");
    let after = proxy.counts().since(&before);
    assert_eq!((after.bytes_to_server, after.open), (0, 1), "{after:?}");
    drop(hole);
    assert_eq!(answer.await?, 1);
    Ok(())
}

#[tokio::test]
async fn the_answer_alone_can_be_lost() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    let _hole = proxy.inject(&[Way::ToClient], Toxic::BlackHole);
    let before = proxy.counts();
    assert!(timeout(SILENCE, one(&mut connection)).await.is_err());
    let answered =
        |counts: &howdah_testkit::fault::Counts| !counts.since(&before).from_server.is_empty();
    let after = proxy.wait_until("the server's answer", answered).await?;
    assert_eq!(after.since(&before).bytes_to_client, 0);
    Ok(())
}

#[tokio::test]
async fn a_reset_reaches_both_ends() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    proxy.end(Ending::Reset);
    let error = one(&mut connection).await.unwrap_err();
    let kind = io_kind(&error);
    assert!(
        matches!(
            kind,
            Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
        ),
        "{error:?}"
    );
    let backends = Backends::of(&database.login(As::Superuser));
    backends
        .with_user(database.layout().app())
        .wait_for(0)
        .await?;
    Ok(())
}

/// A socket that has sent nothing, so that nothing but the other end's word can end it.
fn socket(proxy: &Proxy) -> Result<TcpStream> {
    let socket = TcpStream::connect(("127.0.0.1", proxy.port()))?;
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(socket)
}

#[tokio::test]
async fn a_reset_and_a_close_are_told_apart() -> Result {
    let database = database().await?;
    let proxy = Proxy::in_front_of(&database.login(As::App))?;
    for (ending, expected) in [
        (Ending::Reset, Err(ErrorKind::ConnectionReset)),
        (Ending::Close, Ok(0)),
        (Ending::HalfClose(Way::ToClient), Ok(0)),
    ] {
        let before = proxy.counts().connections;
        let mut socket = socket(&proxy)?;
        let came = |counts: &howdah_testkit::fault::Counts| counts.connections > before;
        proxy.wait_until("a connection", came).await?;
        proxy.end(ending);
        let read = socket.read(&mut [0]).map_err(|error| error.kind());
        assert_eq!(read, expected, "{ending:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_half_closed_direction_ends_while_the_other_goes_on() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    proxy.end(Ending::HalfClose(Way::ToServer));
    // The server takes the end of the stream for the end of its session.
    let backends = Backends::of(&database.login(As::Superuser));
    backends
        .with_user(database.layout().app())
        .wait_for(0)
        .await?;
    assert!(one(&mut connection).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_silenced_connection_stays_silent_while_new_ones_work() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    proxy.end(Ending::Silence);
    assert!(timeout(SILENCE, one(&mut connection)).await.is_err());
    let mut other = connect(&proxy.login(&database.login(As::App))).await?;
    assert_eq!(one(&mut other).await?, 1);
    assert_eq!(proxy.counts().open, 2);
    Ok(())
}

#[tokio::test]
async fn a_connection_ends_after_so_many_bytes() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    let (bytes, ending) = (100, Ending::Close);
    let _short = proxy.inject(&[Way::ToClient], Toxic::EndAfter { bytes, ending });
    let before = proxy.counts();
    let long = sqlx::query("select repeat('x', 5000)");
    assert!(long.execute(&mut connection).await.is_err());
    let after = proxy.counts().since(&before);
    assert_eq!((after.bytes_to_client, after.cuts), (100, 1));
    Ok(())
}

#[tokio::test]
async fn new_connections_are_refused_while_open_ones_go_on() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    let login = proxy.login(&database.login(As::App));
    let refusing = proxy.refuse()?;
    let too = proxy.refuse()?;
    assert_eq!(one(&mut connection).await?, 1);
    for guard in [refusing, too] {
        let error = connect(&login).await.unwrap_err();
        assert_eq!(io_kind(&error), Some(ErrorKind::ConnectionRefused));
        drop(guard);
    }
    connect(&login).await?;
    Ok(())
}

#[tokio::test]
async fn a_dropped_proxy_is_gone_with_its_connections() -> Result {
    let database = database().await?;
    let (proxy, mut connection) = through(&database).await?;
    let login = proxy.login(&database.login(As::App));
    let hole = proxy.inject(Way::BOTH, Toxic::BlackHole);
    let refusing = proxy.refuse()?;
    drop(proxy);
    let gone = timeout(Duration::from_secs(30), one(&mut connection)).await?;
    assert!(gone.is_err());
    let error = connect(&login).await.unwrap_err();
    assert_eq!(io_kind(&error), Some(ErrorKind::ConnectionRefused));
    drop((hole, refusing));
    Ok(())
}

#[test]
fn a_packet_is_as_small_as_was_asked_for() -> Result {
    let server = TcpListener::bind(("127.0.0.1", 0))?;
    let proxy = Proxy::to(server.local_addr()?)?;
    let (bytes, pause) = (3, Duration::from_mins(10));
    let _sliced = proxy.inject(Way::BOTH, Toxic::Slicer { bytes, pause });
    socket(&proxy)?.write_all(b"no PostgreSQL at all")?;
    let read = server.accept()?.0.read(&mut [0; 20])?;
    assert_eq!(read, 3);
    Ok(())
}

#[test]
fn a_proxy_needs_no_runtime_of_the_test() -> Result {
    let server = TcpListener::bind(("127.0.0.1", 0))?;
    let proxy = Proxy::to(server.local_addr()?)?;
    let mut client = socket(&proxy)?;
    client.write_all(b"no PostgreSQL at all")?;
    let (mut accepted, _address) = server.accept()?;
    let mut heard = [0; 20];
    accepted.read_exact(&mut heard)?;
    assert_eq!(&heard, b"no PostgreSQL at all");
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_looks_dead_through_the_proxy_too() -> Result {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    drop(listener);
    let proxy = Proxy::to(address)?;
    let read = socket(&proxy)?.read(&mut [0]);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
    Ok(())
}

#[tokio::test]
async fn a_wait_that_is_over_shows_the_counts() -> Result {
    let proxy = Proxy::to(("127.0.0.1", 1))?;
    let limit = Duration::from_millis(20);
    let wait = proxy.wait_at_most(limit, "a connection", |counts| counts.connections > 0);
    let error = wait.await.unwrap_err().to_string();
    assert!(error.contains("20 ms for a connection"), "{error}");
    assert!(error.contains("connections: 0"), "{error}");
    Ok(())
}
