use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use howdah_testkit::connect;
use howdah_testkit::fault::{Answer, FakeServer, Greeting, TlsAnswer};
use sqlx::{Connection, Row};
use tokio::time::timeout;

use super::{Result, sqlstate};

const SILENCE: Duration = Duration::from_millis(300);

#[tokio::test]
async fn everybody_is_let_in_and_what_they_do_is_written_down() -> Result {
    let fake = FakeServer::start()?;
    let mut login = fake.login()?;
    "billing".clone_into(&mut login.session.application_name);
    let mut connection = connect(&login).await?;
    sqlx::query("update notes set text = $1")
        .bind("x")
        .execute(&mut connection)
        .await?;
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql("delete from notes")
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    connection.close().await?;

    let gone = |seen: &[howdah_testkit::fault::Seen]| seen.iter().all(|client| !client.open);
    let seen = fake.wait_until("the client to go", gone).await?.remove(0);
    assert_eq!(seen.startup["user"], "fake");
    assert_eq!(seen.startup["application_name"], "billing");
    let expected = [
        "update notes set text = $1",
        "BEGIN",
        "delete from notes",
        "COMMIT",
    ];
    assert_eq!(seen.statements, expected);
    assert!(!seen.asked_for_tls);
    Ok(())
}

#[tokio::test]
async fn rows_are_answered_to_simple_and_to_prepared_statements() -> Result {
    let fake = FakeServer::start()?;
    let rows = Answer::Rows {
        columns: ["name", "age", "well"].map(str::to_owned).to_vec(),
        rows: vec![
            vec!["ann".into(), 42_i64.into(), true.into()],
            vec!["bob".into(), 43_i64.into(), false.into()],
        ],
    };
    fake.answers("from people", [rows]);
    let mut connection = connect(&fake.login()?).await?;
    let prepared = sqlx::query("select * from people")
        .fetch_all(&mut connection)
        .await?;
    let simple = sqlx::raw_sql("select * from people")
        .fetch_all(&mut connection)
        .await?;
    for rows in [prepared, simple] {
        let row = &rows[1];
        assert_eq!(row.try_get::<String, _>("name")?, "bob");
        assert_eq!(row.try_get::<i64, _>("age")?, 43);
        assert!(!row.try_get::<bool, _>("well")?);
    }
    Ok(())
}

#[tokio::test]
async fn answers_take_turns_and_the_last_rule_wins() -> Result {
    let fake = FakeServer::start()?;
    fake.answers("", [Answer::error("42P01", "no such table")]);
    let deadlock = Answer::error("40P01", "deadlock detected");
    fake.answers("balance", [deadlock, Answer::value(7)]);
    let mut connection = connect(&fake.login()?).await?;
    let balance = "select balance";
    let error = sqlx::query(balance)
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert_eq!(sqlstate(&error).as_deref(), Some("40P01"));
    for _again in 0..2 {
        let answer: i64 = sqlx::query_scalar(balance)
            .fetch_one(&mut connection)
            .await?;
        assert_eq!(answer, 7);
    }
    let error = sqlx::query("select 1")
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert_eq!(sqlstate(&error).as_deref(), Some("42P01"));
    Ok(())
}

#[tokio::test]
async fn a_refusal_carries_its_code_and_the_next_client_may_come_in() -> Result {
    let fake = FakeServer::start()?;
    fake.greets([
        Greeting::starting_up(),
        Greeting::too_many_clients(),
        Greeting::wrong_password(),
        Greeting::no_such_database(),
        Greeting::Welcome,
    ]);
    for code in ["57P03", "53300", "28P01", "3D000"] {
        let error = connect(&fake.login()?).await.unwrap_err();
        assert_eq!(sqlstate(&error).as_deref(), Some(code));
    }
    connect(&fake.login()?).await?;
    Ok(())
}

#[tokio::test]
async fn a_silent_server_accepts_and_says_nothing() -> Result {
    let fake = FakeServer::start()?;
    fake.greets([Greeting::Silence]);
    let login = fake.login()?;
    assert!(timeout(SILENCE, connect(&login)).await.is_err());
    assert_eq!(fake.seen()[0].startup["database"], "fake");
    for greeting in [Greeting::Garbage, Greeting::HangUp] {
        fake.greets([greeting]);
        let error = connect(&login).await.unwrap_err();
        assert_eq!(sqlstate(&error), None, "{error:?}");
    }
    Ok(())
}

/// How libpq and others ask whether the server speaks TLS.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

#[test]
fn the_question_for_tls_has_its_own_answers() -> Result {
    let fake = FakeServer::start()?;
    for (answer, byte) in [
        (TlsAnswer::No, b'N'),
        (TlsAnswer::Garbage, b'?'),
        (TlsAnswer::YesAndThenGarbage, b'S'),
        (TlsAnswer::YesAndThenSilence, b'S'),
    ] {
        fake.answers_tls(answer);
        let mut client = TcpStream::connect(("127.0.0.1", fake.port()))?;
        client.write_all(&TLS_REQUEST)?;
        let mut heard = [0];
        client.read_exact(&mut heard)?;
        assert_eq!(heard, [byte], "{answer:?}");
        assert!(fake.seen().iter().all(|client| client.asked_for_tls));
    }
    fake.answers_tls(TlsAnswer::Silence);
    let mut client = TcpStream::connect(("127.0.0.1", fake.port()))?;
    client.set_read_timeout(Some(SILENCE))?;
    client.write_all(&TLS_REQUEST)?;
    let error = client.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    Ok(())
}

#[tokio::test]
async fn a_statement_can_hang_or_end_the_connection() -> Result {
    let fake = FakeServer::start()?;
    let shutdown = Answer::fatal("57P01", "terminating connection");
    fake.answers("", [Answer::Hang, Answer::HangUp, shutdown]);
    let mut connection = connect(&fake.login()?).await?;
    let hanging = sqlx::query("select 1").execute(&mut connection);
    assert!(timeout(SILENCE, hanging).await.is_err());
    for code in [None, Some("57P01")] {
        let mut connection = connect(&fake.login()?).await?;
        let error = sqlx::query("select 1")
            .execute(&mut connection)
            .await
            .unwrap_err();
        assert_eq!(sqlstate(&error).as_deref(), code);
    }
    Ok(())
}

#[tokio::test]
async fn parameters_are_reported() -> Result {
    let fake = FakeServer::start()?;
    fake.reports("server_version", "13.4");
    let connection = connect(&fake.login()?).await?;
    assert_eq!(connection.server_version_num(), Some(130_004));
    Ok(())
}

#[tokio::test]
async fn a_statement_with_a_password_is_not_shown() -> Result {
    let fake = FakeServer::start()?;
    let mut connection = connect(&fake.login()?).await?;
    let change = "alter role ann password 'hunter2'";
    sqlx::raw_sql(change).execute(&mut connection).await?;
    assert_eq!(fake.seen()[0].statements, [change]);
    let shown = format!("{fake:?} {:?}", fake.seen());
    assert!(
        shown.contains("statements") && !shown.contains("hunter2"),
        "{shown}"
    );
    Ok(())
}

#[tokio::test]
async fn a_dropped_fake_server_is_gone_with_its_connections() -> Result {
    let fake = FakeServer::start()?;
    let login = fake.login()?;
    let mut connection = connect(&login).await?;
    drop(fake);
    assert!(
        sqlx::query("select 1")
            .execute(&mut connection)
            .await
            .is_err()
    );
    assert!(connect(&login).await.is_err());
    Ok(())
}
