use crate::begun::Begun;
use crate::ledger::Contents;
use crate::run::Run;
use crate::squash::Squashes;
use crate::verify::{Unfinished, verify};
use crate::way::Way;
use crate::{Back, Error, Migration, Migrator, Problem, Report, Reversal, State, Step, check};

impl Run<'_> {
    /// Takes back, the newest first.
    pub(crate) async fn revert(&mut self, back: Back, report: &mut Report) -> Result<(), Error> {
        let reversal = self.migrator.plan_revert(&mut self.conn, back).await?;
        self.refuse_sessions(reversal.steps())?;
        let migrations = &self.migrator.migrations;
        let steps = reversal.steps().iter();
        check::code(steps.filter_map(|step| migrations.back(step.version)))?;
        for step in reversal.steps() {
            if let Some(migration) = self.migrator.migrations.back(step.version) {
                let done = self.one(step, migration, Way::Back).await?;
                report.reverted.extend(done);
            }
        }
        Ok(())
    }
}

/// What is to be taken back, or everything that stands in the way: then nothing is.
pub(crate) fn reversal(
    migrator: &Migrator,
    contents: &Contents,
    back: Back,
) -> Result<Reversal, Vec<Problem>> {
    let Migrator {
        migrations,
        options,
        ..
    } = migrator;
    let plan = verify(migrations, contents, options, Unfinished::MayLeadBack)?;
    let mut applied: Vec<&Step> = plan
        .applied()
        .iter()
        .chain(
            plan.pending()
                .iter()
                .filter(|step| step.state == State::Reverting),
        )
        .collect();
    applied.sort_by_key(|step| std::cmp::Reverse(step.version));
    let mut problems = leads_forward(&plan);
    let squashes = Squashes::of(migrations, contents);
    problems.extend(squashes.unsettled());
    let count = match back {
        Back::All => applied.len(),
        Back::Count(count) => count.min(applied.len()),
        Back::To(version) => {
            if !applied.iter().any(|step| step.version == version) {
                let message = "it is not applied, so nothing can be taken back down to it";
                problems.push(Problem::new(format!("version {version}"), message));
            }
            let newer = applied.iter().filter(|step| step.version > version);
            newer.count()
        }
    };
    let mut steps = Vec::new();
    for step in applied.into_iter().take(count) {
        let Some(migration) = migrations.back(step.version) else {
            let message = "it has no .down.sql file, so it cannot be taken back, nor what is older: \
                           write a new migration that undoes it";
            problems.push(Problem::new(&step.file, message));
            continue;
        };
        problems.extend(squashes.keeps(step.version));
        match gone_on_with(contents, migration) {
            Some(problem) => problems.push(problem),
            None => problems.extend(check::pending(migration)),
        }
        steps.push(Step::new(migration, step.state));
    }
    if problems.is_empty() {
        Ok(Reversal::new(options.schema.clone(), steps))
    } else {
        Err(problems)
    }
}

/// What keeps a way back that was interrupted from going on.
fn gone_on_with(contents: &Contents, migration: &Migration) -> Option<Problem> {
    let version = migration.version().as_i64();
    let journal = contents.journals.get(&version)?;
    let row = contents.rows.iter().find(|row| row.version == version)?;
    let begun = Begun {
        row,
        journal: Some(journal),
    };
    if migration.is_transactional() {
        Some(begun.without_mark(migration))
    } else {
        begun.edited_statement(journal, migration)
    }
}

fn leads_forward(plan: &crate::Plan) -> Vec<Problem> {
    let unfinished = plan
        .pending()
        .iter()
        .filter(|step| step.state == State::Unfinished);
    let message = "it began and did not end: apply it to its end before anything is taken back";
    unfinished
        .map(|step| Problem::new(&step.file, message))
        .collect()
}
