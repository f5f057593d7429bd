mod slots;

use std::path::PathBuf;
use std::time::Duration;

use howdah_pool::{Login, connect};
use howdah_secrets::Secret;
use howdah_server::{Choice, PortWish, Request, Server, Status, Stopped};
use tokio::time::Instant;

use self::slots::Slots;
use super::logins::Logins;
use super::project::Project;
use super::server::{self, LOCK_DEADLINE};
use super::wishes::Wishes;
use crate::{Error, Output, process_environment};

const STEP: &str = "getting a standby";
/// How long the standby may take to have what the server has.
const CATCH_UP: Duration = Duration::from_secs(20);
const PERIOD: Duration = Duration::from_millis(20);

/// The standby as the wishes want it: running, with everything that the server has, or not there. What comes back is
/// how its readers log in.
pub(crate) async fn bring_up(
    project: &Project,
    wishes: &Wishes,
    request: &Request,
    logins: &Logins,
    output: &mut Output,
) -> Result<Option<Login>, Error> {
    if !wishes.replica {
        if directory(project).exists() {
            let slots = Slots::open(&logins.cluster).await?;
            stop(project, true, CATCH_UP).await?;
            slots.forget().await?;
            output.note("the standby of earlier runs is removed");
        }
        return Ok(None);
    }
    let replica = start(project, request, &logins.cluster.password, output).await?;
    let on_replica = |login: &Login| {
        let mut login = login.clone();
        login.host.port = replica.port();
        login
    };
    catch_up(&logins.cluster, &on_replica(&logins.cluster), output).await?;
    Ok(Some(on_replica(&logins.read_only)))
}

/// Makes a standby of the server run: in a directory of its own below the project's, of the same kind and version.
async fn start(
    project: &Project,
    request: &Request,
    superuser: &Secret,
    output: &mut Output,
) -> Result<Server, Error> {
    output.begin(STEP);
    let mut request = request.clone();
    request.primary = Some(project.state());
    request.port = PortWish::Any;
    // Of its primary's kind, whatever this run was told about that.
    request.choice = Choice::Auto;
    request.version = None;
    request.image = None;
    let lock = howdah_server::lock(&directory(project), LOCK_DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    let mut show = |event: howdah_server::Event<'_>| server::show(&event, output);
    let replica = howdah_server::start(&lock, &request, superuser, &mut show)
        .await
        .map_err(Error::step(STEP))?;
    let how = if replica.started() {
        "started"
    } else {
        "was running"
    };
    output.done(format_args!(
        "standby {how} on {}:{}",
        replica.host(),
        replica.port()
    ));
    Ok(replica)
}

/// Waits until the standby has all that the server has: the roles, say, that log in to it.
async fn catch_up(primary: &Login, replica: &Login, output: &mut Output) -> Result<(), Error> {
    const STEP: &str = "waiting for the standby";
    output.begin(STEP);
    let mut primary = connect(primary).await.map_err(Error::step(STEP))?;
    let wanted: String = sqlx::query_scalar("select pg_current_wal_lsn()::text")
        .fetch_one(&mut primary)
        .await
        .map_err(Error::step(STEP))?;
    let mut replica = connect(replica).await.map_err(Error::step(STEP))?;
    let deadline = Instant::now() + CATCH_UP;
    loop {
        let has_it: Option<bool> =
            sqlx::query_scalar("select pg_last_wal_replay_lsn() >= $1::pg_lsn")
                .bind(&wanted)
                .fetch_one(&mut replica)
                .await
                .map_err(Error::step(STEP))?;
        if has_it == Some(true) {
            output.done("the standby has all that the server has");
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(Error::NotConfirmed(format!(
                "the standby has not reached {wanted} after {} s; `cargo xtask db-logs --replica` says why",
                CATCH_UP.as_secs()
            )));
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// What is known of it.
pub(crate) async fn status(project: &Project) -> Result<Option<Status>, Error> {
    howdah_server::status(&directory(project), &process_environment())
        .await
        .map_err(Error::step("looking for the standby"))
}

/// Stops it, and with `wipe` removes it: it gives back what a primary that runs keeps for it.
pub(crate) async fn stop(
    project: &Project,
    wipe: bool,
    deadline: Duration,
) -> Result<Option<Stopped>, Error> {
    const STEP: &str = "stopping the standby";
    let directory = directory(project);
    if !directory.exists() {
        return Ok(None);
    }
    let lock = howdah_server::lock(&directory, LOCK_DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    let stopped = howdah_server::stop(&lock, &process_environment(), wipe, deadline)
        .await
        .map_err(Error::step(STEP))?;
    drop(lock);
    if wipe {
        std::fs::remove_dir_all(&directory).map_err(Error::file(&directory))?;
    }
    Ok(Some(stopped))
}

/// `.howdah/replica`.
pub(crate) fn directory(project: &Project) -> PathBuf {
    project.state().join("replica")
}
