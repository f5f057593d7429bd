use std::collections::BTreeMap;

use crate::begun::{Begun, renamed};
use crate::journal::Journal;
use crate::ledger::{Contents, Row};
use crate::squash::Squashes;
use crate::{
    Migration, Migrations, Options, OutOfOrder, Plan, Problem, State, Step, Version, check,
};

/// What is to become of a migration whose way back was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// It is in the way.
    MustLeadForward,
    /// It is what is wanted.
    MayLeadBack,
}

/// Compares the files with the ledger: the plan, or everything that is wrong.
pub(crate) fn verify(
    migrations: &Migrations,
    contents: &Contents,
    options: &Options,
    unfinished: Unfinished,
) -> Result<Plan, Vec<Problem>> {
    examine(migrations, contents, options, unfinished).into_sound()
}

/// The same, with everything that is wrong in the plan itself: nobody may run it.
pub(crate) fn examine(
    migrations: &Migrations,
    contents: &Contents,
    options: &Options,
    unfinished: Unfinished,
) -> Plan {
    let by_version: BTreeMap<i64, &Row> =
        contents.rows.iter().map(|row| (row.version, row)).collect();
    let newest = contents
        .rows
        .iter()
        .filter(|row| row.success)
        .map(|row| row.version)
        .max();
    let squashes = Squashes::of(migrations, contents);
    let mut problems: Vec<Problem> = contents
        .rows
        .iter()
        .filter(|row| !squashes.explain(row.version))
        .filter_map(|row| unknown(migrations, contents, row))
        .collect();
    problems.extend(squashes.torn());
    let mut plan = Plan::new(options.schema.clone(), contents);
    plan.warn(migrations.skipped().iter().cloned());
    for migration in migrations.iter() {
        let row = by_version.get(&migration.version().as_i64());
        if row.is_none() && squashes.cover(migration.version()) {
            continue;
        }
        let squash = squashes.replace(migration.version());
        let state = if let Some(row) = row {
            let journal = contents.journals.get(&row.version);
            match state(migration, row, journal, &mut problems) {
                State::Applied => squash.unwrap_or(State::Applied),
                state => state,
            }
        } else if let Some(squash) = squash {
            squash
        } else {
            match options.out_of_order {
                OutOfOrder::Refuse => problems.extend(late(migration, newest)),
                OutOfOrder::Warn => plan.warn(late(migration, newest)),
                OutOfOrder::Allow => {}
            }
            State::Pending
        };
        if state == State::Reverting && unfinished == Unfinished::MustLeadForward {
            let message =
                "its way back began and did not end: take it back to its end first (`down`)";
            problems.push(Problem::new(migration.file(), message));
        }
        let may_run = match state {
            State::Pending => true,
            State::Unfinished => !migration.is_transactional(),
            _ => false,
        };
        if may_run {
            problems.extend(check::pending(migration));
            plan.warn(check::idle(migration));
        }
        let journal = contents.journals.get(&migration.version().as_i64());
        plan.push(step(migration, state, journal));
    }
    problems.extend(plan.aim(options.target));
    plan.refuse(problems);
    plan
}

fn step(migration: &Migration, state: State, journal: Option<&Journal>) -> Step {
    let mut step = Step::new(migration, state);
    step.statements_ended = journal.and_then(|journal| journal.ended(migration));
    step.began_at = journal.and_then(|journal| journal.began_at().map(str::to_owned));
    step
}

fn state(
    migration: &Migration,
    row: &Row,
    journal: Option<&Journal>,
    problems: &mut Vec<Problem>,
) -> State {
    if row.success {
        if !migration.matches(&row.checksum) {
            let message = "the file was edited after it was applied: restore it, and make the change in a new migration";
            problems.push(Problem::new(migration.file(), message));
        }
        return State::Applied;
    }
    if journal.is_some_and(Journal::leads_back) {
        return State::Reverting;
    }
    let begun = Begun { row, journal };
    if migration.is_transactional() {
        problems.push(begun.without_mark(migration));
    } else {
        problems.extend(begun.edited(migration));
    }
    State::Unfinished
}

fn unknown(migrations: &Migrations, contents: &Contents, row: &Row) -> Option<Problem> {
    let known = Version::new(row.version).is_some_and(|version| migrations.get(version).is_some());
    if known {
        return None;
    }
    if !row.success {
        let journal = contents.journals.get(&row.version);
        let begun = Begun { row, journal };
        return Some(begun.without_file(migrations, contents));
    }
    let message = match renamed(migrations, contents, row) {
        Some(file) => format!(
            "it is applied, and there is no file for it, but {file} has its text: a file keeps its version once it is \
             applied, so give it that back"
        ),
        None => {
            "it is applied, and there is no file for it: this program is older than the database, \
                 or the file was removed; deploy the newer program, or bring the file back"
                .to_owned()
        }
    };
    let place = format!("ledger row {} ({})", row.version, row.description);
    Some(Problem::new(place, message))
}

fn late(migration: &Migration, newest: Option<i64>) -> Option<Problem> {
    let newest = newest.filter(|newest| migration.version().as_i64() < *newest)?;
    Some(Problem::new(
        migration.file(),
        format!(
            "it is not applied, and older than {newest}, which is: give it a new version, \
             or allow migrations out of order"
        ),
    ))
}
