use std::collections::BTreeMap;
use std::time::Duration;

use crate::container::Container;
use crate::engine::Engine;
use crate::name::project_name;
use crate::record::{Place, Record};
use crate::{DirectoryLock, Error, local, replica};

/// What [`stop`] found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// A server ran, and was stopped.
    pub stopped: bool,
    /// There was something to remove, and it was removed.
    pub wiped: bool,
}

/// Stops the server; `wipe` removes its data and what is recorded of it too. Stopping what is stopped is fine.
///
/// Clients are sent away; transactions that are open are rolled back.
///
/// # Errors
/// [`Error::Busy`] if it does not stop, [`Error::Record`] if what is recorded cannot be read (`wipe` needs no record),
/// [`Error::Command`], [`Error::File`] or [`Error::NotFound`].
pub async fn stop(
    lock: &DirectoryLock,
    environment: &BTreeMap<String, String>,
    wipe: bool,
    deadline: Duration,
) -> Result<Stopped, Error> {
    let record = match Record::load(lock.directory()) {
        Err(Error::Record { .. }) if wipe => None,
        loaded => loaded?,
    };
    let Some(record) = record else {
        return unrecorded(lock, environment, wipe, deadline).await;
    };
    let directory = lock.directory();
    // Data of a local server may be there beside a container's, when its record was lost in between.
    // A checkpoint is for those who use the data again.
    let at_once = record.throwaway && wipe;
    let mut stopped = local::stop(directory, at_once, deadline).await?;
    if wipe {
        local::wipe(directory).await?;
    }
    if let Place::Container {
        engine,
        address,
        name,
        image,
    } = &record.place
    {
        let engine = Engine::recorded(engine, address.as_deref(), environment)?;
        let container = Container::new(engine, name, image);
        stopped |= container.stop(deadline).await?;
        if wipe {
            container.wipe().await?;
            if let Some(upstream) = &record.upstream {
                container.remove_network(&upstream.host).await;
            }
        }
    }
    if wipe {
        if let Some(upstream) = &record.upstream {
            upstream.release(directory).await;
        }
        replica::forget(directory)?;
        Record::remove(directory)?;
    }
    Ok(Stopped {
        stopped,
        wiped: wipe,
    })
}

/// Without a record there may still be a server: the record was removed or damaged. A local one is found by its data, a
/// container by the project's number.
async fn unrecorded(
    lock: &DirectoryLock,
    environment: &BTreeMap<String, String>,
    wipe: bool,
    deadline: Duration,
) -> Result<Stopped, Error> {
    let directory = lock.directory();
    let mut stopped = local::stop(directory, false, deadline).await?;
    let container = match Engine::find(environment).await {
        Ok((engine, _)) => {
            let name = format!("howdah-{}", project_name(directory));
            Some(Container::new(engine, &name, ""))
        }
        Err(_no_engine) => None,
    };
    if let Some(container) = &container {
        stopped |= container.stop(deadline).await?;
    }
    let mut wiped = false;
    if wipe {
        wiped = directory.join("data").exists() || Record::path(directory).exists();
        local::wipe(directory).await?;
        if let Some(container) = &container {
            wiped |= container.exists().await?;
            container.wipe().await?;
        }
        Record::remove(directory)?;
    }
    Ok(Stopped { stopped, wiped })
}
