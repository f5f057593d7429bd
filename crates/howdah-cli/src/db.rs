//! The development database of a project: up, down, reset, status, psql.
//!
//! `cargo xtask` wires these; they are here so that a service's own xtask can wire the same.

mod args;
mod confirm;
mod down;
mod env_file;
mod migrate;
mod project;
mod psql;
mod report;
mod reset;
mod roles;
mod secrets;
mod server;
mod status;
mod up;
mod verified;

pub use args::{Backend, DbCommand, DownArgs, PsqlArgs, PsqlRole, ResetArgs, StatusArgs, UpArgs};
pub use howdah_server::local_binaries;
pub use project::Project;
pub use report::{Migrations, RoleChanges, UpReport};

use crate::{Error, Exit, Output, process_environment};

/// Runs one of the commands for the project.
///
/// # Errors
/// Every [`Error`].
pub async fn run(command: DbCommand, project: &Project) -> Result<Exit, Error> {
    let no_color = process_environment().contains_key("NO_COLOR");
    let mut output = Output::new(command.json(), no_color);
    match command {
        DbCommand::Up(args) => up::up(project, &args, &mut output).await,
        DbCommand::Down(args) => down::down(project, &args, &mut output).await,
        DbCommand::Reset(args) => reset::reset(project, &args, &mut output).await,
        DbCommand::Status(_) => status::status(project, &mut output).await,
        DbCommand::Psql(args) => psql::psql(project, args, &mut output).await,
    }
}
