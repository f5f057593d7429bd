//! What both kinds of server must do.

use std::time::Duration;

use howdah_server::{Error, PortWish, Request};
use tokio::time::timeout;

use crate::bench::{Bench, PATIENCE, environment};

/// `kill` ends the server from outside, and returns when it has ended.
pub(crate) async fn conforms<K>(request: Request, kill: K)
where
    K: AsyncFn(&howdah_server::Server),
{
    let mut bench = Bench::new();
    assert_eq!(
        howdah_server::status(&bench.directory(), &environment())
            .await
            .unwrap(),
        None
    );

    let first = bench.start(&request).await;
    assert!(first.started() && first.created());
    assert_eq!(first.host(), "127.0.0.1");
    let version = bench
        .ask(&first, "select current_setting('server_version')")
        .await;
    assert!(
        version.starts_with(&first.version().to_string()),
        "{version}"
    );
    bench
        .run(
            &first,
            "create table kept (n int); insert into kept values (42)",
        )
        .await;

    a_second_start_does_nothing(&mut bench, &request, first.port()).await;
    only_this_computer_and_only_with_the_password(&bench, &first).await;

    kill(&first).await;
    it_comes_back_after_a_kill(&mut bench, &request, first.port()).await;
    it_comes_back_after_a_stop(&mut bench, &request, first.port()).await;
    another_port_is_followed(&mut bench, &request).await;

    let wiped = bench.stop(true).await;
    assert!(wiped.stopped && wiped.wiped);
    assert_eq!(
        howdah_server::status(&bench.directory(), &environment())
            .await
            .unwrap(),
        None
    );
    let fresh = bench.start(&request).await;
    assert!(fresh.created());
    assert_eq!(
        bench
            .ask(
                &fresh,
                "select count(*)::text from pg_class where relname = 'kept'"
            )
            .await,
        "0"
    );
}

async fn it_comes_back_after_a_kill(bench: &mut Bench, request: &Request, port: u16) {
    let killed = bench.start(request).await;
    assert!(killed.started() && !killed.created());
    assert!(
        bench.told("starting the server again"),
        "{:?}",
        bench.events
    );
    assert_eq!(killed.port(), port, "the port is remembered");
    assert_eq!(bench.ask(&killed, "select n::text from kept").await, "42");
}

async fn it_comes_back_after_a_stop(bench: &mut Bench, request: &Request, port: u16) {
    assert!(bench.stop(false).await.stopped);
    assert!(
        !bench.stop(false).await.stopped,
        "stopping what is stopped is fine"
    );
    let status = howdah_server::status(&bench.directory(), &environment()).await;
    let status = status.unwrap().unwrap();
    assert_eq!((status.running, status.port), (false, Some(port)));

    let again = bench.start(request).await;
    assert!(again.started() && !again.created());
    let told = &bench.events;
    assert!(
        !bench.told("again"),
        "a server that was stopped is no surprise: {told:?}"
    );
    assert_eq!(bench.ask(&again, "select n::text from kept").await, "42");
}

async fn a_second_start_does_nothing(bench: &mut Bench, request: &Request, port: u16) {
    let record = bench.directory().join("server.json");
    let before = std::fs::metadata(&record).unwrap().modified().unwrap();
    let second = bench.start(request).await;
    assert!(!second.started() && !second.created());
    assert_eq!(second.port(), port);
    assert_eq!(
        bench.events,
        [format!("the server is already running on port {port}")]
    );
    assert_eq!(
        std::fs::metadata(&record).unwrap().modified().unwrap(),
        before
    );
}

async fn only_this_computer_and_only_with_the_password(
    bench: &Bench,
    server: &howdah_server::Server,
) {
    let verifier = bench
        .ask(
            server,
            "select rolpassword from pg_authid where rolname = 'postgres'",
        )
        .await;
    assert!(verifier.starts_with("SCRAM-SHA-256$"), "{verifier}");
    let wrong = bench.login(server).with_user(
        "postgres".parse().unwrap(),
        howdah_secrets::Secret::new("wrong"),
    );
    let refused = howdah_pool::connect(&wrong).await.unwrap_err();
    assert_eq!(refused.sqlstate().as_deref(), Some("28P01"));
    assert_eq!(
        addresses_of(server.port()),
        ["0100007F"],
        "127.0.0.1 and nothing else"
    );
}

async fn another_port_is_followed(bench: &mut Bench, request: &Request) {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut exact = request.clone();
    exact.port = PortWish::Exactly(free);
    let moved = bench.start(&exact).await;
    assert!(moved.started() && !moved.created());
    assert_eq!(moved.port(), free);
    assert_eq!(bench.ask(&moved, "select n::text from kept").await, "42");
}

/// The addresses somebody listens on with this port, as the kernel writes them; none where there is no `/proc`.
fn addresses_of(port: u16) -> Vec<String> {
    if !cfg!(target_os = "linux") {
        return vec!["0100007F".to_owned()];
    }
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| {
            table
                .lines()
                .skip(1)
                .filter_map(|line| {
                    let fields: Vec<&str> = line.split_whitespace().collect();
                    let (address, listening) = fields[1].split_once(':')?;
                    let ours = u16::from_str_radix(listening, 16) == Ok(port) && fields[3] == "0A";
                    ours.then(|| address.to_owned())
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// A start whose future is dropped after each of these times leaves what the next one repairs.
pub(crate) async fn repairs_what_was_given_up(request: &Request, milliseconds: &[u64]) {
    for milliseconds in milliseconds {
        let mut bench = Bench::new();
        let limit = Duration::from_millis(*milliseconds);
        let interrupted = timeout(limit, bench.try_start(request)).await;
        let server = bench.start(request).await;
        assert_eq!(
            bench.ask(&server, "select 1::text").await,
            "1",
            "after {interrupted:?}"
        );
    }
}

/// The log is shown, and followed to the server's end.
pub(crate) async fn shows_its_log(request: Request) {
    let mut bench = Bench::new();
    let directory = bench.directory();
    let nothing = howdah_server::logs(&directory, &environment(), 1, false, &mut |_| {}).await;
    assert!(
        matches!(nothing, Err(Error::NotFound { .. })),
        "{nothing:?}"
    );

    let server = bench.start(&request).await;
    complain(&bench, &server, "first").await;
    let mut lines = Vec::new();
    howdah_server::logs(&directory, &environment(), 4, false, &mut |line| {
        lines.push(line.to_owned());
    })
    .await
    .unwrap();
    assert!(lines.len() <= 4, "{lines:?}");
    assert!(
        lines.iter().any(|line| line.contains("there is no first")),
        "{lines:?}"
    );

    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let followed = tokio::spawn(async move {
        let mut on_line = |line: &str| sender.send(line.to_owned()).unwrap();
        howdah_server::logs(&directory, &environment(), 0, true, &mut on_line).await
    });
    // Whether it follows already is seen when something comes.
    let second = async {
        loop {
            complain(&bench, &server, "second").await;
            let line = timeout(Duration::from_millis(300), receiver.recv()).await;
            if let Ok(Some(line)) = line {
                break line;
            }
        }
    };
    let line = timeout(PATIENCE, second).await.unwrap();
    assert!(!line.contains("first"), "only what is new: {line}");
    bench.stop(false).await;
    timeout(PATIENCE, followed).await.unwrap().unwrap().unwrap();
    let mut rest = Vec::new();
    while let Some(line) = receiver.recv().await {
        rest.push(line);
    }
    assert!(
        rest.iter().any(|line| line.contains("shut down")),
        "{rest:?}"
    );
}

/// Makes the server log this.
async fn complain(bench: &Bench, server: &howdah_server::Server, what: &str) {
    let mut connection = howdah_pool::connect(&bench.login(server)).await.unwrap();
    let sql = format!("do $$ begin raise exception 'there is no {what}'; end $$");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .unwrap_err();
}
