//! The development database of a project: up, down, reset, status, psql, logs, doctor.
//!
//! `cargo xtask` wires these; they are here so that a service's own xtask can wire the same.

mod args;
mod certificates;
mod confirm;
mod doctor;
mod down;
mod env_file;
mod fill;
mod links;
mod logins;
mod logs;
mod migrate;
mod pooler;
mod project;
mod psql;
mod replica;
mod report;
mod reset;
mod roles;
mod secrets;
mod seeds;
mod server;
mod status;
mod up;
mod verified;
mod wishes;

pub use args::{
    Backend, DbCommand, DoctorArgs, DownArgs, LogsArgs, PoolMode, PsqlArgs, PsqlRole, ResetArgs,
    SeedArgs, ServerArgs, StatusArgs, UpArgs,
};
pub(crate) use doctor::which;
pub use howdah_server::local_binaries;
pub use project::Project;
pub use report::{Migrations, PgBouncerReport, ReplicaReport, RoleChanges, Seeds, UpReport};

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
        DbCommand::Logs(args) => logs::logs(project, &args).await,
        DbCommand::Doctor(_) => doctor::doctor(project, &mut output).await,
        DbCommand::Psql(args) => psql::psql(project, args, &mut output).await,
    }
}
