use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use howdah_ident::DatabaseName;
use howdah_pool::{Login, connect};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor, Row};
use tokio::sync::OnceCell;

use crate::owner::Owner;
use crate::shared::Membership;
use crate::stash::{Lease, Stash};
use crate::template::Build;
use crate::{Error, reap};

const STEP: &str = "asking the test server";
/// Some hundred databases; less if there is less space.
const ROOM: u64 = 2 << 30;
/// "howdahtk" as bytes: nobody else makes the registry at the same time.
const REGISTRY_LOCK: i64 = 0x686f_7764_6168_746b;

/// The kit's own access to a server, as its superuser; lives on the kit's own runtime.
pub(crate) struct Admin {
    login: Login,
    /// The use of a server that the kit started; `None`: it is somebody else's, and its settings are what they are.
    membership: Option<Membership>,
    version: u32,
    fsync: bool,
    stash: Stash,
    owner: OnceCell<Owner>,
    templates: Mutex<BTreeMap<String, Arc<OnceCell<Build>>>>,
}

impl Admin {
    /// Connects, which is also the proof that somebody is there.
    pub(crate) async fn connect(
        mut login: Login,
        membership: Option<Membership>,
    ) -> Result<Self, Error> {
        "howdah-testkit".clone_into(&mut login.session.application_name);
        let no_server =
            |source: Box<dyn std::error::Error + Send + Sync>| Error::NoServer { source };
        let mut connection = connect(&login)
            .await
            .map_err(|error| no_server(error.into()))?;
        let row = connection
            .fetch_one(
                "select current_setting('server_version_num')::int4, current_setting('fsync')::bool, \
                 (select rolsuper from pg_catalog.pg_roles where rolname = current_user)",
            )
            .await
            .map_err(Error::step(STEP))?;
        let get = |error| Error::step(STEP)(error);
        if !row.try_get::<bool, _>(2).map_err(get)? {
            let what = format!(
                "{} is no superuser, and the kit needs one: it makes databases and roles",
                login.target()
            );
            return Err(Error::Setup { what });
        }
        let version: i32 = row.try_get(0).map_err(get)?;
        Ok(Self {
            stash: Stash::new(login.clone(), connection),
            login,
            membership,
            version: u32::try_from(version).map_err(Error::step(STEP))?,
            fsync: row.try_get(1).map_err(get)?,
            owner: OnceCell::new(),
            templates: Mutex::default(),
        })
    }

    /// The superuser, in the database that administrators connect to.
    pub(crate) fn login(&self) -> &Login {
        &self.login
    }

    pub(crate) fn major(&self) -> u16 {
        u16::try_from(self.version / 10_000).unwrap_or(u16::MAX)
    }

    pub(crate) fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    /// Whether the kit started it, so that what is left on it goes with it.
    pub(crate) fn is_own(&self) -> bool {
        self.membership.is_some()
    }

    /// A connection of the superuser; at most four at a time.
    pub(crate) async fn acquire(&self) -> Result<Lease, Error> {
        match (self.stash.acquire().await, self.membership()) {
            (Err(Error::Step { source, .. }), Some(membership)) => Err(Error::NoAnswer {
                log: membership.last_words().await,
                source,
            }),
            (acquired, _) => acquired,
        }
    }

    /// One of its own in `database`.
    pub(crate) async fn connect_to(&self, database: &DatabaseName) -> Result<PgConnection, Error> {
        connect(&self.login.clone().with_database(database.clone()))
            .await
            .map_err(Error::step(STEP))
    }

    /// This process, as the registry knows it. The first call makes the registry and removes what dead processes left.
    pub(crate) async fn owner(&self) -> Result<i64, Error> {
        let introduce = || async {
            self.make_registry().await?;
            let owner = Owner::introduce(self.login.clone()).await?;
            reap::reap(self, owner.key()).await?;
            Ok(owner)
        };
        Ok(self.owner.get_or_try_init(introduce).await?.key())
    }

    async fn make_registry(&self) -> Result<(), Error> {
        let mut connection = self.acquire().await?;
        let there: bool =
            sqlx::query_scalar("select to_regclass('howdah_testkit.databases') is not null")
                .fetch_one(&mut *connection)
                .await
                .map_err(Error::step(STEP))?;
        if there {
            return Ok(());
        }
        let registry = include_str!("../sql/registry.sql");
        let sql =
            format!("begin; select pg_advisory_xact_lock({REGISTRY_LOCK}); {registry} commit");
        execute(&mut connection, &sql).await
    }

    /// The template of this fingerprint, as far as this process knows it.
    pub(crate) fn template(&self, fingerprint: &str) -> Arc<OnceCell<Build>> {
        let mut templates = match self.templates.lock() {
            Ok(templates) => templates,
            Err(poisoned) => poisoned.into_inner(),
        };
        Arc::clone(templates.entry(fingerprint.to_owned()).or_default())
    }

    /// How many bytes databases that nobody uses any more may take.
    pub(crate) fn room(&self) -> u64 {
        let free = self.membership().and_then(Membership::free_space);
        free.map_or(ROOM, |free| ROOM.min(free / 8))
    }

    /// How `create database` copies fastest. Before 15 there was one way, which is the one that copies files. On a
    /// server that writes through to the disk, copying files means two checkpoints and a flush for each of them.
    pub(crate) fn strategy(&self) -> &'static str {
        if self.major() >= 15 && !self.fsync {
            " strategy file_copy"
        } else {
            ""
        }
    }
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Admin({})", self.login.target())
    }
}

/// Runs statements that the kit made itself, several in one go.
pub(crate) async fn execute(connection: &mut PgConnection, sql: &str) -> Result<(), Error> {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await
        .map(drop)
        .map_err(Error::step(STEP))
}
