use howdah_migrate::Event;

use crate::Output;

/// Shows what a running migration tells: what waits is a note that stays, what runs is the current step.
pub(crate) fn show(event: &Event<'_>, output: &mut Output) {
    match event {
        Event::Waiting {
            holder: Some(holder),
            ..
        } => {
            output.note(format_args!("another migration holds the lock: {holder}"));
        }
        Event::Retrying {
            step,
            blockers,
            delay,
            ..
        } => {
            let who: Vec<String> = blockers.iter().map(ToString::to_string).collect();
            output.note(format_args!(
                "{} waits for a lock held by {}; next try in {delay:.0?}",
                step.file,
                who.join(", ")
            ));
        }
        Event::Repaired { step, action, .. } => {
            output.note(format_args!(
                "{} was interrupted by an earlier run: {action}",
                step.file
            ));
        }
        Event::Started(step) => output.step(format_args!("migrating: {}", step.file)),
        _ => {}
    }
}
