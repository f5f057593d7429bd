use std::process::Command;

use howdah_pool::Login;

use super::args::{PsqlArgs, PsqlRole};
use super::project::Project;
use super::secrets::{Missing, Secrets};
use super::server;
use crate::settings::Sources;
use crate::{Error, Exit, Output, process_environment, settings};

/// `db-psql`: hands the terminal to psql. The password goes through the child's environment, never its arguments.
pub(crate) async fn psql(
    project: &Project,
    args: PsqlArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    let loaded = settings::load(project.root(), Sources::default(), output)?;
    let status = howdah_server::status(&project.state(), &process_environment())
        .await
        .map_err(Error::step("looking for the server"))?
        .filter(|status| status.running);
    let (Some(port), Some(status)) = (status.as_ref().and_then(|status| status.port), status)
    else {
        return Err(Error::NotRunning);
    };
    let secrets = Secrets::resolve(project, &loaded, Missing::Refuse, output)?;
    let roles = &loaded.database.roles;
    let (user, password) = match args.role {
        PsqlRole::App => (roles.app.clone(), secrets.app),
        PsqlRole::ReadOnly => (roles.read_only.clone(), secrets.read_only),
        PsqlRole::Migrator => (roles.migrator.clone(), secrets.migrator),
        PsqlRole::Superuser => (server::superuser()?, secrets.superuser),
    };
    let login = Login::local(port, loaded.database.name.clone(), user, password);
    let run = howdah_server::psql(&status, &login, &process_environment())
        .map_err(Error::step("finding psql"))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the person's session: it has no deadline"
    )]
    let mut command = Command::new(&run.program);
    let secrets = run.env.iter().map(|(name, secret)| (name, secret.expose()));
    command.args(&run.args).args(&args.args).envs(secrets);
    hand_over(&mut command).map_err(Error::file(&run.program))
}

/// This process becomes psql: Ctrl-C is then psql's own, and so is the exit code.
#[cfg(unix)]
fn hand_over(command: &mut Command) -> Result<Exit, std::io::Error> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(not(unix))]
fn hand_over(command: &mut Command) -> Result<Exit, std::io::Error> {
    let ended = command.status()?;
    Ok(if ended.success() { Exit::Ok } else { Exit::No })
}
