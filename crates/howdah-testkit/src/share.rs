use std::time::Duration;

use howdah_ident::{DatabaseName, RoleName};
use howdah_pool::Login;
use howdah_secrets::Secret;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::admin::Admin;
use crate::server::Started;
use crate::shared::{Membership, Record};
use crate::variables::Backend;
use crate::wanted::Choice;
use crate::{Error, container, local, names, variables};

const STEP: &str = "joining the shared test server";
const PATIENCE: Duration = Duration::from_secs(5);

/// The server that this checkout's processes share; started if it does not run.
pub(crate) async fn share(choice: &Choice) -> Result<Started, Error> {
    let linger = variables::linger()?;
    let key = choice.key();
    let membership = Membership::join(&key).await?;
    if membership.is_supervised()
        && let Some(running) = running(&membership).await
    {
        return connect(running, membership, choice).await;
    }
    let lock = membership.start_lock().await?;
    // First of all: whatever runs, or is started from here on, has somebody who stops it.
    membership.supervise(&lock, linger)?;
    membership.supervise_orphans();
    if let Some(running) = running(&membership).await {
        return connect(running, membership, choice).await;
    }
    let (record, password) = if is_local(choice).await {
        local::ensure(&membership, Some(&key), choice).await?
    } else {
        container::ensure(&membership, choice).await?
    };
    record
        .save(membership.directory())
        .map_err(Error::step(STEP))?;
    drop(lock);
    connect((record, password), membership, choice).await
}

/// A server of this process alone: the same, with a key that nobody else has.
pub(crate) async fn alone(choice: &Choice) -> Result<Started, Error> {
    let membership = Membership::join(&names::random()?).await?;
    let lock = membership.start_lock().await?;
    membership.supervise(&lock, Duration::ZERO)?;
    membership.supervise_orphans();
    let (record, password) = if choice.backend == Backend::Local {
        local::ensure(&membership, None, choice).await?
    } else {
        container::ensure(&membership, choice).await?
    };
    drop(lock);
    connect((record, password), membership, choice).await
}

async fn connect(
    found: (Record, Secret),
    membership: Membership,
    choice: &Choice,
) -> Result<Started, Error> {
    let (record, password) = found;
    let login = login(record.port, password)?;
    let admin = Admin::connect(login, Some(membership)).await?;
    let found = admin.major();
    if let Some(wanted) = choice.version.filter(|version| *version != found) {
        return Err(Error::Version { wanted, found });
    }
    Ok(Started {
        admin,
        pid: record.pid,
        container: record.container,
    })
}

/// The superuser of a server that the kit started.
pub(crate) fn login(port: u16, password: Secret) -> Result<Login, Error> {
    let user: RoleName = "postgres".parse().map_err(Error::step(STEP))?;
    let database: DatabaseName = "postgres".parse().map_err(Error::step(STEP))?;
    Ok(Login::local(port, database, user, password))
}

/// What another process started, if somebody still listens there.
async fn running(membership: &Membership) -> Option<(Record, Secret)> {
    let found = Record::load(membership.directory())?;
    let listening = timeout(PATIENCE, TcpStream::connect(("127.0.0.1", found.0.port))).await;
    matches!(listening, Ok(Ok(_))).then_some(found)
}

/// Local when it is asked for, or when this machine has what it takes.
async fn is_local(choice: &Choice) -> bool {
    match choice.backend {
        Backend::Local => true,
        Backend::Container => false,
        Backend::Auto => local::is_there(choice).await,
    }
}
