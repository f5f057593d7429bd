use std::time::Duration;

use howdah_ident::{DatabaseName, RoleName};
use howdah_migrate::Shadow;
use howdah_pool::Login;
use sqlx::PgConnection;

use super::open::open;
use super::place::Place;
use super::server_wide::ServerWide;
use super::signals::Signals;
use crate::args::ShadowArgs;
use crate::{Error, Output, clock, process_environment};

/// The longest wait for a server that is to drop a database.
const GOODBYE: Duration = Duration::from_mins(1);

/// In place of `--shadow-url`: a password does not belong on a command line.
const VARIABLE: &str = "HOWDAH_SHADOW_URL";

const MAKING: &str = "making the scratch database";
const DROPPING: &str = "dropping the scratch database, which the next run does,";

/// A database of this process alone, on the server of the place or of `--shadow-url`.
pub(super) struct Scratch {
    shadow: Shadow,
    signals: Signals,
    /// Leads to it.
    pub(super) login: Login,
    /// Who migrates in it.
    pub(super) role: Option<RoleName>,
    /// Of its server, as the server counts them.
    pub(super) server_version: Option<u32>,
}

impl Scratch {
    /// `changes` is what the migrations that are about to run in it change outside of it.
    pub(super) async fn make(
        place: &Place,
        args: &ShadowArgs,
        changes: ServerWide,
        output: &mut Output,
    ) -> Result<Self, Error> {
        // From here on nobody ends this process without the database being dropped.
        let signals = Signals::listen().map_err(Error::step("listening for signals"))?;
        let given = args.shadow_url.clone();
        // `VARIABLE=` is how a variable is unset in many files.
        let set = || {
            process_environment()
                .remove(VARIABLE)
                .filter(|url| !url.is_empty())
        };
        let url = given.or_else(set);
        let login = match &url {
            Some(url) => place.login_at(url, output)?,
            None => place.login(output)?,
        };
        let mut admin = open(&login).await.map_err(Error::step("connecting"))?;
        let elsewhere = url.is_some().then_some(&mut admin);
        changes.refuse(place, elsewhere, output).await?;
        let mut role = place.options.role.clone();
        if url.is_some() && !exists(&mut admin, role.as_ref()).await? {
            role = None;
        }
        may_create(&mut admin, role.as_ref(), &login).await?;
        let server_version = admin.server_version_num();
        let name = name(&login.database)?;
        let shadow = Shadow::create(admin, name.clone(), role.as_ref())
            .await
            .map_err(Error::step(MAKING))?;
        Ok(Self {
            shadow,
            signals,
            login: login.with_database(name),
            role,
            server_version,
        })
    }

    /// Does the work in it, and drops it whatever came of that, also after Ctrl-C.
    pub(super) async fn run<T>(
        mut self,
        work: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        let done = tokio::select! {
            done = work => done,
            signal = self.signals.caught() => Err(Error::step("working in the scratch database")(signal)),
        };
        let dropped = match tokio::time::timeout(GOODBYE, self.shadow.discard()).await {
            Ok(dropped) => dropped.map_err(Error::step(DROPPING)),
            Err(elapsed) => Err(Error::step(DROPPING)(elapsed)),
        };
        let done = done?;
        dropped.map(|()| done)
    }
}

/// As [`Shadow::create`] advises, and as nobody else calls one at the same time.
fn name(database: &DatabaseName) -> Result<DatabaseName, Error> {
    let of: String = database.as_str().chars().take(30).collect();
    let now = clock::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_nanos());
    DatabaseName::new(format!("{of}_shadow_{now:x}"))
        .map_err(|error| Error::Usage(format!("a scratch database beside {of}: {error}")))
}

/// Asked first, for an answer that says what to do.
async fn may_create(
    admin: &mut PgConnection,
    role: Option<&RoleName>,
    login: &Login,
) -> Result<(), Error> {
    // The right to create databases is never inherited, but who may become the owner has it, if the owner has.
    let may = "select me.rolsuper or (me.rolcreatedb or coalesce(owner.rolcreatedb, false)) \
                 and ($1::text is null or pg_has_role(current_user, $1, 'member')) \
               from pg_catalog.pg_roles as me left join pg_catalog.pg_roles as owner on owner.rolname = $1 \
               where me.rolname = current_user";
    let may: bool = sqlx::query_scalar(may)
        .bind(role.map(RoleName::as_str))
        .fetch_one(admin)
        .await
        .map_err(Error::step(MAKING))?;
    if may {
        return Ok(());
    }
    let owner = role.map_or_else(String::new, |role| {
        format!(" that belong to {}", role.as_str())
    });
    Err(Error::Usage(format!(
        "{} may not create databases{owner}, and the migrations need a scratch database: give --shadow-url, or set \
         {VARIABLE}, with a login that may, on this server or on another one of the same major version",
        login.target()
    )))
}

async fn exists(admin: &mut PgConnection, role: Option<&RoleName>) -> Result<bool, Error> {
    let exists = "select exists (select from pg_catalog.pg_roles where rolname = $1)";
    sqlx::query_scalar(exists)
        .bind(role.map(RoleName::as_str))
        .fetch_one(admin)
        .await
        .map_err(Error::step(MAKING))
}
