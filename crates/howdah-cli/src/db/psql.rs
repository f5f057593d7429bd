use howdah_pool::Login;
use howdah_server::Status;

use super::args::{PsqlArgs, PsqlRole};
use super::project::Project;
use super::secrets::Secrets;
use crate::{Error, Exit, Output, process_environment, settings};

/// `db-psql`: hands the terminal to psql. The password goes through the child's environment, never its arguments.
pub(crate) async fn psql(
    project: &Project,
    args: PsqlArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    let loaded = settings::load(project.root(), None, output)?;
    let status = howdah_server::status(&project.state(), &process_environment())
        .await
        .map_err(Error::step("looking for the server"))?
        .filter(Status::running)
        .ok_or_else(|| Error::NotConfirmed("no server runs; start it with `cargo xtask db-up`".to_owned()))?;
    let secrets = Secrets::resolve(project, &loaded, output)?;
    let roles = &loaded.database.roles;
    let (user, password) = match args.role {
        PsqlRole::App => (roles.app.clone(), secrets.app),
        PsqlRole::ReadOnly => (roles.read_only.clone(), secrets.read_only),
        PsqlRole::Migrator => (roles.migrator.clone(), secrets.migrator),
    };
    let login = Login::local(status.port(), loaded.database.name.clone(), user, password);
    let success = status
        .psql(&login, &args.args, &process_environment())
        .await
        .map_err(Error::step("running psql"))?;
    Ok(if success { Exit::Ok } else { Exit::No })
}
