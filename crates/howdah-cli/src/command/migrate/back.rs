use howdah_migrate::{Back, Report};

use super::place::{Place, version};
use super::{json, report};
use crate::args::DownArgs;
use crate::{Error, Exit, Output, migration_events};

const STEP: &str = "taking migrations back";

pub(super) async fn down(
    place: &Place,
    args: DownArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    let back = match (args.to, args.count) {
        (Some(0), _) => Back::All,
        (Some(number), _) => Back::To(version(number)?),
        (None, count) => Back::Count(count.unwrap_or(1)),
    };
    if args.dry_run {
        return plan(place, back, output).await;
    }
    if back != Back::Count(0) {
        place.ask(args.yes, "taking migrations back")?;
    }
    let report = revert(place, back, output).await?;
    output.done(format_args!(
        "{} migration(s) taken back",
        report.reverted.len()
    ));
    report::print(&report, "nothing to take back", output)
}

/// The newest once more.
pub(super) async fn redo(place: &Place, yes: bool, output: &mut Output) -> Result<Exit, Error> {
    place.ask(yes, "taking a migration back")?;
    refuse_pending(place, output).await?;
    let mut report = revert(place, Back::Count(1), output).await?;
    let connector = place.connector(output)?;
    let mut options = place.options.clone();
    options.target = howdah_migrate::Target::Count(report.reverted.len());
    let mut migrator = place.migrator()?;
    migrator = migrator.with_options(options);
    let applied = migrator
        .apply(&connector, |event| migration_events::show(&event, output))
        .await;
    if applied.is_err() {
        for done in &report.reverted {
            output.note(format_args!(
                "{} {} is taken back, and pending: when its file is right, `howdah migrate up` applies it",
                done.version, done.description
            ));
        }
    }
    let applied = applied.map_err(place.failed("applying it again"))?;
    report.applied = applied.applied;
    output.done("done again");
    report::print(&report, "nothing to do again", output)
}

/// With something pending, the newest that is applied is not the newest: a `redo` that failed half way would take back
/// another one.
async fn refuse_pending(place: &Place, output: &mut Output) -> Result<(), Error> {
    let mut connection = place.connect(output).await?;
    let plan = place.migrator()?.plan(&mut connection).await;
    let plan = plan.map_err(Error::step("comparing the files with the ledger"))?;
    match plan.pending().first() {
        None => Ok(()),
        Some(step) if plan.applied().is_empty() => Err(Error::NotConfirmed(format!(
            "nothing is applied, and {} is pending: `howdah migrate up` first",
            step.file
        ))),
        Some(step) => Err(Error::NotConfirmed(format!(
            "{} is pending, so the newest that is applied is an older one: `howdah migrate up` first",
            step.file
        ))),
    }
}

async fn plan(place: &Place, back: Back, output: &mut Output) -> Result<Exit, Error> {
    let mut connection = place.connect(output).await?;
    let reversal = place
        .migrator()?
        .plan_revert(&mut connection, back)
        .await
        .map_err(Error::step("looking what can be taken back"))?;
    output
        .result(format_args!("{reversal}\n"), &json::reversal(&reversal))
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

async fn revert(place: &Place, back: Back, output: &mut Output) -> Result<Report, Error> {
    let connector = place.connector(output)?;
    output.begin("taking back");
    let mut done = Vec::new();
    let reverted = place
        .migrator()?
        .revert(&connector, back, |event| {
            migration_events::show(&event, output);
            migration_events::keep(&event, &mut done);
        })
        .await;
    if reverted.is_err() {
        migration_events::say("taken back before that", &done, output);
    }
    reverted.map_err(place.failed(STEP))
}
