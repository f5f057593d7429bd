mod adopt;
mod back;
mod baseline;
mod check_down;
mod drift;
mod forward;
mod history;
mod json;
mod ledger;
mod lint;
mod losses;
mod new;
mod open;
mod pg_dump;
mod place;
mod pooler;
mod problems;
mod proof;
mod repair;
mod report;
mod server_wide;
mod shadow;
mod signals;
mod sql;
mod squash;
mod tenants;

use self::place::Place;
use self::signals::Signals;
use crate::args::{Common, MigrateArgs, MigrateCommand};
use crate::{Error, Exit, Output};

/// Runs `howdah migrate`.
pub(crate) async fn run(
    args: MigrateArgs,
    common: Common,
    output: &mut Output,
) -> Result<Exit, Error> {
    let command = args.command.clone();
    let mut place = Place::of(&args, &common, output)?;
    if !writes(&command) {
        return run_in(&mut place, command, output).await;
    }
    // Signals are caught only where something is to be ended in order.
    let signals = Signals::listen().map_err(Error::step("listening for signals"))?;
    let stop = place.stop.clone();
    let work = Box::pin(run_in(&mut place, command, output));
    signals.stop(&stop, work).await
}

fn writes(command: &MigrateCommand) -> bool {
    matches!(
        command,
        MigrateCommand::Up { .. }
            | MigrateCommand::Down(_)
            | MigrateCommand::Redo { .. }
            | MigrateCommand::Stamp { .. }
            | MigrateCommand::Adopt(_)
            | MigrateCommand::Repair { .. }
    )
}

async fn run_in(
    place: &mut Place,
    command: MigrateCommand,
    output: &mut Output,
) -> Result<Exit, Error> {
    if place.tenants.is_some() {
        return tenants::run(place, &command, output).await;
    }
    match command {
        MigrateCommand::New(new) => new::run(place, &new, output),
        MigrateCommand::Status => forward::plan(place, true, output).await,
        MigrateCommand::Plan(up) => {
            place.aim(up)?;
            forward::plan(place, false, output).await
        }
        MigrateCommand::Verify => forward::plan(place, false, output).await,
        MigrateCommand::Up { up, yes } => {
            place.aim(up)?;
            forward::up(place, yes, output).await
        }
        MigrateCommand::Down(down) => back::down(place, down, output).await,
        MigrateCommand::Redo { yes } => back::redo(place, yes, output).await,
        MigrateCommand::Stamp { up, reason } => {
            place.aim(up)?;
            ledger::stamp(place, &reason, output).await
        }
        MigrateCommand::Baseline(args) => baseline::run(place, &args, output).await,
        MigrateCommand::Squash(args) => squash::run(place, &args, output).await,
        MigrateCommand::Adopt(args) => adopt::run(place, &args, output).await,
        MigrateCommand::Repair {
            abandon: Some(version),
            reason,
            dry_run,
        } => ledger::abandon(place, version, &reason, dry_run, output).await,
        MigrateCommand::Repair {
            abandon: None,
            reason,
            dry_run,
        } => repair::repair(place, &reason, dry_run, output).await,
        MigrateCommand::History { verbose } => history::history(place, verbose, output).await,
        MigrateCommand::Current => history::current(place, output).await,
        MigrateCommand::Lint(lint) => lint::run(place, &lint, output),
        MigrateCommand::Drift { shadow, privileges } => {
            drift::run(place, &shadow, privileges, output).await
        }
        MigrateCommand::CheckDown { shadow, after } => {
            check_down::run(place, &shadow, after, output).await
        }
        MigrateCommand::Sql { up, from } => {
            place.aim(up)?;
            sql::run(place, from, output)
        }
    }
}
