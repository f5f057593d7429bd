use howdah_migrate::{Event, Step, Version};

use crate::Output;

/// Shows what a running migration tells: what waits is a note that stays, what runs is the current step.
pub(crate) fn show(event: &Event<'_>, output: &mut Output) {
    match event {
        Event::Waiting {
            holder: Some(holder),
            at_most,
            ..
        } => {
            output.note(format_args!(
                "another migration holds the lock: {holder}; waiting for it, {at_most:.0?} at most"
            ));
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
        Event::Planned(plan) => {
            for warning in plan.warnings() {
                output.note(warning);
            }
        }
        Event::Started(step) => {
            removed(step, output);
            output.step(format_args!("migrating: {}", step.file));
        }
        _ => {}
    }
}

/// What only another platform has is told once, when it is left out.
pub(crate) fn removed(step: &Step, output: &mut Output) {
    for removed in &step.removed {
        let (file, line, what) = (&step.file, removed.line, &removed.what);
        output.note(format_args!("{file}:{line}: left out: {what}"));
    }
}

/// What has been done, for a run that fails later.
pub(crate) fn keep(event: &Event<'_>, done: &mut Vec<Version>) {
    if let Event::Finished(one) = event {
        done.push(one.version);
    }
}

/// Says what a run that failed had done.
pub(crate) fn say(what: &str, done: &[Version], output: &mut Output) {
    if done.is_empty() {
        return;
    }
    let versions: Vec<String> = done.iter().map(ToString::to_string).collect();
    output.note(format_args!("{what}: {}", versions.join(", ")));
}
