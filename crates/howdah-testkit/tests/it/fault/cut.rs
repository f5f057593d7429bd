use std::time::Duration;

use howdah_testkit::fault::{Cut, Ending, Moment, Proxy};
use howdah_testkit::{As, TestDatabase, connect};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use super::{Result, notes, with_notes};

async fn through(database: &TestDatabase) -> Result<(Proxy, PgConnection)> {
    let login = database.login(As::App);
    let proxy = Proxy::in_front_of(&login)?;
    let connection = connect(&proxy.login(&login)).await?;
    Ok((proxy, connection))
}

async fn write_a_note(connection: &mut PgConnection) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    sqlx::query("insert into app.notes values ($1)")
        .bind("hello")
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

async fn write_through(cut: Cut) -> Result<(TestDatabase, sqlx::Result<()>)> {
    let database = with_notes().await?;
    let (proxy, mut connection) = through(&database).await?;
    let _armed = proxy.arm(cut);
    let written = timeout(Duration::from_secs(30), write_a_note(&mut connection)).await?;
    proxy
        .wait_until("the cut", |counts| counts.cuts == 1)
        .await?;
    Ok((database, written))
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_done_all_the_same() -> Result {
    let (database, written) = write_through(Cut::answer_to("COMMIT")).await?;
    assert!(written.is_err());
    assert_eq!(notes(&database).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_commit_that_does_not_arrive_is_not_done() -> Result {
    for cut in [Cut::before, Cut::amid] {
        let commit = Moment::Statement("COMMIT".to_owned());
        let (database, written) = write_through(cut(commit)).await?;
        assert!(written.is_err());
        assert_eq!(notes(&database).await?, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_prepared_statement_is_known_by_its_text_each_time_it_is_run() -> Result {
    let database = with_notes().await?;
    let (proxy, mut connection) = through(&database).await?;
    let _armed = proxy.arm(Cut::answer_to("into app.notes").nth(3));
    let mut done = 0;
    for _more_than_enough in 0..5 {
        let insert = sqlx::query("insert into app.notes values ($1)").bind("hi");
        done += u32::from(insert.execute(&mut connection).await.is_ok());
    }
    assert_eq!((done, notes(&database).await?), (2, 3));
    Ok(())
}

#[tokio::test]
async fn a_result_ends_in_the_middle_of_a_row() -> Result {
    let database = with_notes().await?;
    let (proxy, mut connection) = through(&database).await?;
    let _armed = proxy.arm(
        Cut::amid(Moment::Server('D'))
            .nth(500)
            .ending(Ending::Close),
    );
    let before = proxy.counts();
    let rows = sqlx::query("select generate_series(1, 1000)");
    assert!(rows.fetch_all(&mut connection).await.is_err());
    let rows = proxy.counts().since(&before).from_server.get(&'D').copied();
    assert_eq!(rows, Some(500));
    Ok(())
}

#[tokio::test]
async fn a_cut_can_leave_the_client_waiting_for_ever() -> Result {
    let database = with_notes().await?;
    let (proxy, mut connection) = through(&database).await?;
    let _armed = proxy.arm(Cut::answer_to("COMMIT").ending(Ending::Silence));
    let written = timeout(Duration::from_secs(1), write_a_note(&mut connection)).await;
    assert!(written.is_err(), "it got an answer");
    assert_eq!(notes(&database).await?, 1);
    assert_eq!(proxy.counts().open, 1);
    Ok(())
}

#[tokio::test]
async fn a_cut_happens_once_and_not_at_all_when_it_was_disarmed() -> Result {
    let database = with_notes().await?;
    let (proxy, mut connection) = through(&database).await?;
    let armed = proxy.arm(Cut::before(Moment::Client('Q')));
    drop(armed);
    write_a_note(&mut connection).await?;
    let _armed = proxy.arm(Cut::before(Moment::Client('Q')));
    assert!(write_a_note(&mut connection).await.is_err());
    let mut next = connect(&proxy.login(&database.login(As::App))).await?;
    write_a_note(&mut next).await?;
    assert_eq!(proxy.counts().cuts, 1);
    Ok(())
}
