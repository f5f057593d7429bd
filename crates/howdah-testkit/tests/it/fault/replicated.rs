mod on_local_binaries {
    use std::io::ErrorKind;
    use std::time::Duration;

    use howdah_testkit::connect;
    use howdah_testkit::fault::{Member, Replicated};
    use sqlx::postgres::PgConnection;
    use tokio::time::timeout;

    use super::super::{Result, io_kind, sqlstate};

    const SILENCE: Duration = Duration::from_millis(300);

    async fn open(servers: &Replicated, member: Member) -> Result<PgConnection> {
        Ok(connect(&servers.login(member, "postgres".parse()?)?).await?)
    }

    async fn write(servers: &Replicated, member: Member, sql: &'static str) -> Result {
        let mut connection = open(servers, member).await?;
        sqlx::raw_sql(sql).execute(&mut connection).await?;
        Ok(())
    }

    async fn notes(servers: &Replicated, member: Member) -> Result<i64> {
        let mut connection = open(servers, member).await?;
        let count = "select count(*) from notes";
        Ok(sqlx::query_scalar(count).fetch_one(&mut connection).await?)
    }

    #[tokio::test]
    async fn a_standby_follows_until_it_is_promoted() -> Result {
        let servers = Replicated::start().await?;
        let create = "create table notes as select 'one' as text";
        write(&servers, Member::Primary, create).await?;
        servers.wait_until_replayed().await?;
        assert_eq!(notes(&servers, Member::Standby).await?, 1);
        assert_eq!(servers.lag().await?, 0);
        let insert = "insert into notes values ('two')";
        let error = write(&servers, Member::Standby, insert).await.unwrap_err();
        assert_eq!(sqlstate(&*error).as_deref(), Some("25006"));
        servers.promote().await?;
        write(&servers, Member::Standby, insert).await?;
        assert_eq!(notes(&servers, Member::Primary).await?, 1, "there are two");
        Ok(())
    }

    #[tokio::test]
    async fn a_standby_whose_replay_is_paused_lags() -> Result {
        let servers = Replicated::start().await?;
        write(&servers, Member::Primary, "create table notes (text text)").await?;
        servers.wait_until_replayed().await?;
        servers.pause_replay().await?;
        write(&servers, Member::Primary, "insert into notes values ('x')").await?;
        assert!(servers.lag().await? > 0);
        assert_eq!(notes(&servers, Member::Standby).await?, 0);
        servers.resume_replay().await?;
        servers.wait_until_replayed().await?;
        assert_eq!(notes(&servers, Member::Standby).await?, 1);
        Ok(())
    }

    #[tokio::test]
    async fn a_killed_primary_is_gone_and_comes_back_as_a_primary() -> Result {
        let mut servers = Replicated::start().await?;
        write(&servers, Member::Primary, "create table notes (text text)").await?;
        servers.wait_until_replayed().await?;
        servers.kill(Member::Primary).await?;
        let error = open(&servers, Member::Primary).await.unwrap_err();
        assert_eq!(io_kind(&*error), Some(ErrorKind::ConnectionRefused));
        assert_eq!(notes(&servers, Member::Standby).await?, 0);
        servers.promote().await?;
        servers.restart(Member::Primary).await?;
        for member in [Member::Primary, Member::Standby] {
            write(&servers, member, "insert into notes values ('x')").await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_frozen_primary_accepts_and_says_nothing_until_it_goes_on() -> Result {
        let servers = Replicated::start().await?;
        let mut before = open(&servers, Member::Primary).await?;
        let frozen = servers.freeze(Member::Primary)?;
        let opening = timeout(SILENCE, open(&servers, Member::Primary)).await;
        assert!(opening.is_err(), "it let somebody in");
        let mut answer = Box::pin(sqlx::query("select 1").execute(&mut before));
        assert!(timeout(SILENCE, &mut answer).await.is_err(), "it answered");
        open(&servers, Member::Standby).await?;
        drop(frozen);
        answer.await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_stopped_primary_tells_its_clients_and_has_sent_everything() -> Result {
        let servers = Replicated::start().await?;
        let mut client = open(&servers, Member::Primary).await?;
        write(&servers, Member::Primary, "create table notes (text text)").await?;
        servers.stop(Member::Primary).await?;
        let error = sqlx::query("select 1").execute(&mut client).await;
        assert_eq!(sqlstate(&error.unwrap_err()).as_deref(), Some("57P01"));
        servers.promote().await?;
        assert_eq!(notes(&servers, Member::Standby).await?, 0);
        let password = servers
            .login(Member::Primary, "postgres".parse()?)?
            .password;
        let shown = format!("{servers:?}");
        assert!(!shown.contains(password.expose()), "{shown}");
        Ok(())
    }
}
