use howdah_ident::Qualified;
use howdah_testkit::As;
use howdah_testkit::fault::{Backends, Doing, Hold};
use sqlx::postgres::PgConnection;

use super::{Result, database, notes, sqlstate, with_notes};

async fn try_lock(connection: &mut PgConnection) -> Result<bool> {
    let lock = "select pg_try_advisory_lock(99)";
    Ok(sqlx::query_scalar(lock).fetch_one(connection).await?)
}

#[tokio::test]
async fn an_advisory_lock_is_held_until_it_is_released() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let hold = Hold::advisory_lock(&login, 99).await?;
    let mut other = database.connect(As::App).await?;
    assert!(!try_lock(&mut other).await?);
    assert!(Hold::advisory_lock(&login, 99).await.is_err());
    hold.release().await?;
    assert!(try_lock(&mut other).await?);
    Ok(())
}

#[tokio::test]
async fn a_held_table_cannot_even_be_read() -> Result {
    let database = with_notes().await?;
    let table = Qualified::new("app".parse()?, "notes".parse()?);
    let hold = Hold::table(&database.login(As::Superuser), &table).await?;
    let mut app = database.connect(As::App).await?;
    let read = "begin; set local lock_timeout = '50ms'; select * from app.notes";
    let error = sqlx::raw_sql(read).execute(&mut app).await.unwrap_err();
    assert_eq!(sqlstate(&error).as_deref(), Some("55P03"));
    hold.release().await?;
    assert_eq!(notes(&database).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_forgotten_transaction_is_idle_until_it_is_dropped() -> Result {
    let database = database().await?;
    let hold = Hold::transaction(&database.login(As::App)).await?;
    let backends = Backends::of(&database.login(As::Superuser)).with_user(database.layout().app());
    let idle = backends.wait_for_one(Doing::IdleInTransaction).await?;
    assert_eq!(hold.pids(), [idle.pid]);
    drop(hold);
    backends.wait_for(0).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_held_shows_no_password() -> Result {
    let database = database().await?;
    let hold = Hold::transaction(&database.login(As::App)).await?;
    let shown = format!("{hold:?}");
    assert!(!shown.contains(database.password().expose()), "{shown}");
    Ok(())
}

mod on_local_binaries {
    use howdah_testkit::fault::Hold;
    use howdah_testkit::{As, TestDatabase, TestServer, connect};

    use super::super::{Result, sqlstate};

    #[tokio::test]
    async fn a_full_server_has_room_for_so_many_and_for_its_superuser() -> Result {
        let server = TestServer::local().await?;
        let database = TestDatabase::with_roles(&server).await?;
        let login = database.login(As::App);
        let hold = Hold::connections(&login, 2).await?;
        let _free = (connect(&login).await?, connect(&login).await?);
        let error = connect(&login).await.unwrap_err();
        assert_eq!(sqlstate(&error).as_deref(), Some("53300"));
        database.connect(As::Superuser).await?;
        hold.release().await?;
        connect(&login).await?;
        Ok(())
    }
}
