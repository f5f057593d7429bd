use std::collections::BTreeMap;

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
        .filter_map(|row| unknown(migrations, row))
        .collect();
    problems.extend(squashes.torn());
    let mut plan = Plan::new(options.schema.clone(), contents);
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
        if matches!(state, State::Pending | State::Unfinished) {
            problems.extend(check::pending(migration));
        }
        let journal = contents.journals.get(&migration.version().as_i64());
        let mut step = Step::new(migration, state);
        step.statements_ended = journal.and_then(|journal| journal.ended(migration));
        plan.push(step);
    }
    problems.extend(plan.aim(options.target));
    plan.refuse(problems);
    plan
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
    problems.extend(edited_meanwhile(migration, row, journal));
    if migration.is_transactional() {
        problems.push(Problem::new(
            migration.file(),
            "the ledger says it began and did not end, which a transaction cannot do: another program wrote \
             this row. Look at what the migration left; undo it and delete the row, or finish it and set \
             `success` to true",
        ));
    }
    State::Unfinished
}

/// What has not run yet may be corrected: that is how a file goes on whose third statement fails.
fn edited_meanwhile(
    migration: &Migration,
    row: &Row,
    journal: Option<&Journal>,
) -> Option<Problem> {
    if migration.matches(&row.checksum) {
        return None;
    }
    match journal.filter(|journal| !journal.is_empty()) {
        Some(journal) => journal.verify(migration),
        None => Some(Problem::new(
            migration.file(),
            "the file was edited while its first run is unfinished: restore it and apply, then change it",
        )),
    }
}

fn unknown(migrations: &Migrations, row: &Row) -> Option<Problem> {
    let known = Version::new(row.version).is_some_and(|version| migrations.get(version).is_some());
    (!known).then(|| {
        Problem::new(
            format!("ledger row {} ({})", row.version, row.description),
            "it is applied, and there is no file for it: this program is older than the database, \
             or the file was removed; deploy the newer program, or bring the file back",
        )
    })
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
