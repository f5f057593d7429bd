use std::fs;
use std::time::Duration;

use serde_json::json;

use super::args::DownArgs;
use super::project::Project;
use super::verified::Mark;
use super::wishes::Wishes;
use super::{pooler, replica, server};
use crate::{Error, Exit, Output, process_environment};

/// How long the server may take to stop.
const DEADLINE: Duration = Duration::from_secs(30);

/// `db-down`.
pub(crate) async fn down(
    project: &Project,
    args: &DownArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    let lock = server::lock(project).await?;
    output.begin("stopping the server");
    if args.volumes {
        Mark::of(project).clear()?;
    }
    pooler::stop(project, args.volumes).await?;
    replica::stop(project, false, DEADLINE).await?;
    let stopped = howdah_server::stop(&lock, &process_environment(), args.volumes, DEADLINE)
        .await
        .map_err(Error::step("stopping the server"))?;
    if args.volumes {
        // Last: there is nobody any more to whom it would give anything back.
        replica::stop(project, true, DEADLINE).await?;
        remove_env_file(project)?;
        Wishes::forget(project)?;
    }
    output.done(match (stopped.stopped, stopped.wiped) {
        (true, true) => "server stopped, data deleted",
        (true, false) => "server stopped, its data stays",
        (false, true) => "no server ran; data deleted",
        (false, false) => "no server ran",
    });
    output
        .result(
            "",
            &json!({ "stopped": stopped.stopped, "wiped": stopped.wiped }),
        )
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

/// Its URLs lead to a database that is gone.
fn remove_env_file(project: &Project) -> Result<(), Error> {
    let path = project.env_file();
    if path.exists() {
        fs::remove_file(&path).map_err(Error::file(&path))?;
    }
    Ok(())
}
