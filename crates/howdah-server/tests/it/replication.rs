//! Replicas, which both kinds of server must make.

use std::time::{Duration, Instant};

use howdah_server::{Choice, Error, Request, Server};
use tokio::time::timeout;

use crate::bench::{Bench, PATIENCE, chain, environment};

async fn until(bench: &Bench, server: &Server, sql: &'static str, expected: &str) {
    let started = Instant::now();
    loop {
        let mut connection = howdah_pool::connect(&bench.login(server)).await.unwrap();
        let answer: Result<String, _> = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
        if answer.as_ref().is_ok_and(|answer| answer == expected) {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{sql}: {answer:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A replica is of its primary's kind: nothing has to be said about it.
fn of(primary: &Bench) -> Request {
    let mut request = Request::new(environment());
    request.primary = Some(primary.directory());
    request
}

/// Its first replica. Where the engine lets a container into no network any more, the error says what to do, which is done
/// here word for word.
async fn first_of(primary: &mut Bench, request: &Request, replica: &mut Bench) -> Server {
    let mend = match replica.try_start(&of(primary)).await {
        Ok(server) => return server,
        Err(Error::Record { mend, .. }) if mend.contains("rm --force") => mend,
        Err(error) => panic!("{}", chain(&error)),
    };
    shell(mend.split('`').nth(1).unwrap());
    let again = primary.start(request).await;
    assert!(again.started() && !again.created());
    replica.start(&of(primary)).await
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a person is told to type is typed"
)]
fn shell(line: &str) {
    let output = std::process::Command::new("sh").args(["-c", line]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
}

pub(crate) async fn follows_and_is_promoted(mut request: Request) {
    let (mut first, mut second) = (Bench::new(), Bench::new());
    // More than the default, of what a replica must not have less of.
    request
        .settings
        .insert("max_connections".to_owned(), "123".to_owned());
    let primary = first.start(&request).await;
    first
        .run(
            &primary,
            "create table kept (n int); insert into kept values (1)",
        )
        .await;

    let replica = first_of(&mut first, &request, &mut second).await;
    assert!(replica.created() && replica.backend() == primary.backend());
    assert!(second.told("copying the primary of"), "{:?}", second.events);
    assert_eq!(
        second
            .ask(&replica, "select pg_is_in_recovery()::text")
            .await,
        "true"
    );
    let status = howdah_server::status(&second.directory(), &environment()).await;
    let status = status.unwrap().unwrap();
    assert_eq!(
        status.primary,
        Some(first.directory().canonicalize().unwrap())
    );
    first.run(&primary, "insert into kept values (2)").await;
    until(&second, &replica, "select sum(n)::text from kept", "3").await;
    assert!(!second.start(&of(&first)).await.started());
    assert!(!second.start(&Request::new(environment())).await.started());
    no_password_is_shown(&second, &replica).await;

    // The slot keeps what was written in the meantime, and the primary moves to another port.
    second.stop(false).await;
    first.run(&primary, "insert into kept values (3)").await;
    first.stop(false).await;
    let taken = std::net::TcpListener::bind(("127.0.0.1", primary.port())).unwrap();
    let primary = first.start(&request).await;
    drop(taken);
    let replica = second.start(&Request::new(environment())).await;
    assert!(replica.started() && !replica.created());
    until(&second, &replica, "select sum(n)::text from kept", "6").await;
    first.run(&primary, "insert into kept values (4)").await;
    until(&second, &replica, "select sum(n)::text from kept", "10").await;

    is_promoted_alone_and_leaves_nothing(&mut first, &mut second, &request).await;
}

async fn is_promoted_alone_and_leaves_nothing(
    first: &mut Bench,
    second: &mut Bench,
    request: &Request,
) {
    // It needs no primary to be started, and none to be promoted.
    first.stop(false).await;
    second.stop(false).await;
    let replica = second.start(&of(first)).await;
    second.run(&replica, "select pg_promote()").await;
    second.run(&replica, "insert into kept values (5)").await;
    second.stop(false).await;
    let promoted = second.start(&Request::new(environment())).await;
    assert_eq!(
        second.ask(&promoted, "select sum(n)::text from kept").await,
        "15"
    );

    let primary = first.start(request).await;
    let slots = "select count(*)::text from pg_replication_slots";
    assert_eq!(first.ask(&primary, slots).await, "1");
    second.stop(true).await;
    assert_eq!(
        first.ask(&primary, slots).await,
        "0",
        "nothing is kept for a wiped replica"
    );
    assert!(!second.directory().join("replica.pgpass").exists());
}

/// Neither in a setting nor in the record.
async fn no_password_is_shown(bench: &Bench, replica: &Server) {
    let text = std::fs::read_to_string(bench.directory().join("replica.pgpass")).unwrap();
    let password = text.trim_end().rsplit(':').next().unwrap();
    assert!(password.len() > 20);
    let conninfo = bench.ask(replica, "show primary_conninfo").await;
    let record = std::fs::read_to_string(bench.directory().join("server.json")).unwrap();
    assert!(
        !conninfo.contains(password) && !record.contains(password),
        "{conninfo}"
    );
}

pub(crate) async fn is_repaired_or_refused(request: Request) {
    let (mut first, mut second) = (Bench::new(), Bench::new());
    let error = second.try_start(&of(&first)).await.unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
    let primary = first.start(&request).await;
    first_of(&mut first, &request, &mut second).await;
    second.stop(true).await;
    for milliseconds in [60, 150, 400, 900] {
        let limit = Duration::from_millis(milliseconds);
        let given_up = timeout(limit, second.try_start(&of(&first))).await;
        let replica = second.start(&of(&first)).await;
        let recovery = second
            .ask(&replica, "select pg_is_in_recovery()::text")
            .await;
        assert_eq!(recovery, "true", "after {given_up:?}");
        second.stop(true).await;
    }

    let mut third = Bench::new();
    let mut other = of(&first);
    other.choice = match primary.backend() {
        howdah_server::Backend::Local => Choice::Container,
        _ => Choice::Local,
    };
    let error = third.try_start(&other).await.unwrap_err();
    assert!(matches!(error, Error::Record { .. }), "{error}");
    first.stop(false).await;
    let words = third.try_start(&of(&first)).await.unwrap_err().to_string();
    assert!(words.contains("start the primary first"), "{words}");
    third.start(&request).await;
    let words = third.try_start(&of(&first)).await.unwrap_err().to_string();
    assert!(words.contains("describes another server"), "{words}");
}
