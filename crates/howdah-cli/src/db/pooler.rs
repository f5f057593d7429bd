use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use howdah_pool::Login;
use howdah_server::{PoolMode as ServerMode, PoolerRequest, PoolerStatus, Request, Stopped};

use super::args::PoolMode;
use super::logins::Logins;
use super::project::Project;
use super::server::{self, LOCK_DEADLINE};
use super::wishes::Wishes;
use crate::{Error, Output};

const STEP: &str = "getting PgBouncer";
const STOP_DEADLINE: Duration = Duration::from_secs(30);

/// `PgBouncer` as the wishes want it: running in front of the server, for the service's roles, or not there. What comes
/// back is how the app logs in through it. Migrations go past it: they need a session of their own.
pub(crate) async fn bring_up(
    project: &Project,
    wishes: &Wishes,
    request: &Request,
    logins: &Logins,
    output: &mut Output,
) -> Result<Option<Login>, Error> {
    let Some(mode) = wishes.pgbouncer else {
        if stop(project, true).await?.is_some() {
            output.note("the PgBouncer of earlier runs is removed");
        }
        return Ok(None);
    };
    output.begin(STEP);
    let users =
        [&logins.app, &logins.read_only].map(|login| (login.user.clone(), login.password.clone()));
    let mut wanted = PoolerRequest::new(
        logins.app.host.port,
        BTreeMap::from(users),
        request.environment.clone(),
    );
    wanted.database = Some(logins.app.database.clone());
    wanted.mode = match mode {
        PoolMode::Transaction => ServerMode::Transaction,
        PoolMode::Session => ServerMode::Session,
        PoolMode::Statement => ServerMode::Statement,
    };
    wanted.install = request.install;
    wanted.deadline = request.deadline;
    let lock = howdah_server::lock(&directory(project), LOCK_DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    let mut show = |event: howdah_server::Event<'_>| server::show(&event, output);
    let pooler = howdah_server::start_pooler(&lock, &wanted, &mut show)
        .await
        .map_err(Error::step(STEP))?;
    output.done(format_args!(
        "PgBouncer {} {} on {}:{} (pool mode {})",
        pooler.version(),
        if pooler.started() {
            "started"
        } else {
            "was running"
        },
        pooler.host(),
        pooler.port(),
        mode.as_str()
    ));
    let app = &logins.app;
    let login = pooler.login(app.database.clone(), app.user.clone(), app.password.clone());
    Ok(Some(login))
}

/// What is known of it.
pub(crate) fn status(project: &Project) -> Result<Option<PoolerStatus>, Error> {
    howdah_server::pooler_status(&directory(project)).map_err(Error::step("looking for PgBouncer"))
}

/// Stops it; `wipe` removes what is recorded of it.
pub(crate) async fn stop(project: &Project, wipe: bool) -> Result<Option<Stopped>, Error> {
    const STEP: &str = "stopping PgBouncer";
    let directory = directory(project);
    if !directory.exists() {
        return Ok(None);
    }
    let lock = howdah_server::lock(&directory, LOCK_DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    let stopped = howdah_server::stop_pooler(&lock, wipe, STOP_DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    drop(lock);
    if wipe {
        std::fs::remove_dir_all(&directory).map_err(Error::file(&directory))?;
    }
    Ok(Some(stopped))
}

/// `.howdah/pgbouncer`.
fn directory(project: &Project) -> PathBuf {
    project.state().join("pgbouncer")
}
