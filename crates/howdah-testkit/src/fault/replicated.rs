mod member;

use howdah_ident::DatabaseName;
use howdah_pool::{Login, connect};
use howdah_secrets::{Secret, generate};
use sqlx::postgres::PgConnection;

use super::Error;
use super::backends::Frozen;
use super::wait::{DEADLINE, Look, until};
use member::Node;

/// One of the two servers, named after what it was made as: after a promotion, both may be primaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// The one that was written to at first.
    Primary,
    /// The one that followed it at first.
    Standby,
}

/// A primary and a standby that follows it by streaming: two servers of the test's own, from binaries of this machine.
///
/// Nobody watches over them: what an orchestrator or an administrator does in a failover, the test does. Dropped, both
/// are gone.
#[derive(Debug)]
pub struct Replicated {
    primary: Node,
    standby: Node,
    password: Secret,
}

impl Replicated {
    /// Starts both; the standby follows when this returns.
    ///
    /// # Errors
    /// [`Error::Step`], for instance if this machine has no server binaries.
    pub async fn start() -> Result<Self, Error> {
        let password = generate().map_err(Error::step("generating a password"))?;
        let primary = Node::start(&password, None).await?;
        let standby = Node::start(&password, Some(primary.directory())).await?;
        Ok(Self {
            primary,
            standby,
            password,
        })
    }

    /// The superuser of one of them, in this database. A server that was started again may have another port.
    ///
    /// # Errors
    /// None: the superuser's name is a good one.
    pub fn login(&self, member: Member, database: DatabaseName) -> Result<Login, Error> {
        let user = "postgres"
            .parse()
            .map_err(Error::step("naming the superuser"))?;
        let server = self.node(member).server();
        let mut login = server.login(database, user, self.password.clone());
        "howdah-fault".clone_into(&mut login.session.application_name);
        Ok(login)
    }

    /// Makes the standby a primary, and returns when it can be written to. The old primary is not told: while it runs,
    /// there are two.
    ///
    /// # Errors
    /// [`Error::Step`], [`Error::Deadline`].
    pub async fn promote(&self) -> Result<(), Error> {
        self.ask::<bool>(Member::Standby, "select pg_catalog.pg_promote(false)")
            .await?;
        self.wait_for(
            Member::Standby,
            "select not pg_catalog.pg_is_in_recovery()",
            "the promotion",
        )
        .await
    }

    /// The standby still receives everything and shows none of it: a standby with lag, to the point.
    ///
    /// # Errors
    /// [`Error::Step`], [`Error::Deadline`].
    pub async fn pause_replay(&self) -> Result<(), Error> {
        const PAUSE: &str = "select pg_catalog.pg_wal_replay_pause()::text is not null";
        // Before version 14, a server does not tell whether it has obeyed.
        let paused = if self.node(Member::Standby).server().version().major < 14 {
            "select pg_catalog.pg_is_wal_replay_paused()"
        } else {
            "select pg_catalog.pg_get_wal_replay_pause_state() = 'paused'"
        };
        self.ask::<bool>(Member::Standby, PAUSE).await?;
        self.wait_for(Member::Standby, paused, "the replay to pause")
            .await
    }

    /// It shows again what it received.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn resume_replay(&self) -> Result<(), Error> {
        const RESUME: &str = "select pg_catalog.pg_wal_replay_resume()::text is not null";
        self.ask::<bool>(Member::Standby, RESUME).await.map(drop)
    }

    /// How many bytes of the primary's log the standby does not show yet.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn lag(&self) -> Result<u64, Error> {
        let written: String = self
            .ask(
                Member::Primary,
                "select pg_catalog.pg_current_wal_lsn()::text",
            )
            .await?;
        self.behind(&written).await
    }

    /// Waits until the standby shows everything that the primary has written by now.
    ///
    /// # Errors
    /// [`Error::Deadline`] with the lag, [`Error::Step`].
    pub async fn wait_until_replayed(&self) -> Result<(), Error> {
        let written: String = self
            .ask(
                Member::Primary,
                "select pg_catalog.pg_current_wal_lsn()::text",
            )
            .await?;
        let what = format!("the standby to show {written}");
        until(&what, DEADLINE, || async {
            Ok(match self.behind(&written).await? {
                0 => Look::There(()),
                bytes => Look::NotYet(format!("a standby that is {bytes} bytes behind")),
            })
        })
        .await
    }

    /// Kills all processes of the server with signal 9, and returns when they are gone: a crash of the machine, except
    /// that its kernel still closes the connections. [`freeze`](Self::freeze) is the one where nobody does.
    ///
    /// # Errors
    /// [`Error::NoSuchProcess`] if it does not run, [`Error::Deadline`].
    pub async fn kill(&self, member: Member) -> Result<(), Error> {
        self.node(member).kill().await
    }

    /// Stops all processes of the server as they are, until the returned value is dropped: a machine that hangs, or one
    /// that the network lost. Connections stay open and new ones are accepted by the kernel; nobody answers.
    ///
    /// # Errors
    /// [`Error::NoSuchProcess`] if it does not run, [`Error::Step`].
    pub fn freeze(&self, member: Member) -> Result<Frozen, Error> {
        self.node(member).freeze()
    }

    /// Shuts the server down in good order: sessions end with 57P01, and what was committed has reached the standby.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn stop(&self, member: Member) -> Result<(), Error> {
        self.node(member).stop().await
    }

    /// Starts a server that was killed or stopped, as what it was: an old primary comes back as a primary, and does not
    /// know of a promotion.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub async fn restart(&mut self, member: Member) -> Result<(), Error> {
        let node = match member {
            Member::Primary => &mut self.primary,
            Member::Standby => &mut self.standby,
        };
        node.restart(&self.password).await
    }

    fn node(&self, member: Member) -> &Node {
        match member {
            Member::Primary => &self.primary,
            Member::Standby => &self.standby,
        }
    }

    async fn behind(&self, written: &str) -> Result<u64, Error> {
        const BEHIND: &str = "select greatest(0, pg_catalog.pg_wal_lsn_diff($1::pg_lsn, \
            coalesce(pg_catalog.pg_last_wal_replay_lsn(), '0/0')))::bigint";
        let mut connection = self.connect(Member::Standby).await?;
        let behind: i64 = sqlx::query_scalar(BEHIND)
            .bind(written)
            .fetch_one(&mut connection)
            .await
            .map_err(Error::step(STEP))?;
        Ok(u64::try_from(behind).unwrap_or_default())
    }

    async fn wait_for(&self, member: Member, sql: &'static str, what: &str) -> Result<(), Error> {
        until(what, DEADLINE, || async {
            Ok(if self.ask(member, sql).await? {
                Look::There(())
            } else {
                Look::NotYet("a server that goes on as before".to_owned())
            })
        })
        .await
    }

    async fn ask<T>(&self, member: Member, sql: &'static str) -> Result<T, Error>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        let mut connection = self.connect(member).await?;
        sqlx::query_scalar(sql)
            .fetch_one(&mut connection)
            .await
            .map_err(Error::step(STEP))
    }

    async fn connect(&self, member: Member) -> Result<PgConnection, Error> {
        let database = "postgres".parse().map_err(Error::step(STEP))?;
        connect(&self.login(member, database)?)
            .await
            .map_err(Error::step(STEP))
    }
}

const STEP: &str = "asking a replicated server";
