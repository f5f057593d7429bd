use crate::ledger::Contents;
use crate::message::Message;
use crate::run::Run;
use crate::squash::Squashes;
use crate::verify::{Unfinished, verify};
use crate::way::Way;
use crate::{Back, Error, Migrator, Plan, Problem, Report, Reversal, State, Step, Version, check};

impl Run<'_> {
    /// Takes back, the newest first.
    pub(crate) async fn revert(&mut self, back: Back, report: &mut Report) -> Result<(), Error> {
        let reversal = self.migrator.plan_revert(&mut self.conn, back).await?;
        self.refuse_sessions(reversal.steps())?;
        let migrations = &self.migrator.migrations;
        let steps = reversal.steps().iter();
        check::code(steps.filter_map(|step| migrations.back(step.version)))?;
        // What sqlx alone has applied has none.
        if !reversal.log_exists() && !reversal.is_empty() {
            self.begin(None).await?;
            let log = self.migrator.log();
            log.create_if_missing(&mut self.conn).await?;
            self.commit_own(Message::default()).await?;
        }
        for step in reversal.steps() {
            if let (State::Unsettled, Some(squash)) = (step.state, migrations.get(step.version)) {
                self.settle(squash).await?;
            }
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
    let squashes = Squashes::of(migrations, contents);
    let applied = newest_first(&plan, &squashes);
    let mut problems = unfinished(&plan);
    problems.extend(squashes.halfway());
    let count = match back {
        Back::All => applied.len(),
        Back::Count(count) => count.min(applied.len()),
        Back::To(version) => {
            problems.extend(no_aim(&plan, &applied, &squashes, version));
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
        problems.extend(check::pending(migration));
        if let Some(journal) = contents.journals.get(&step.version.as_i64()) {
            problems.extend(journal.verify(migration));
        }
        steps.push(Step::new(migration, step.state));
    }
    if problems.is_empty() {
        Ok(Reversal::new(
            options.schema.clone(),
            steps,
            contents.log_exists,
        ))
    } else {
        Err(problems)
    }
}

/// What is applied, or on its way back. A squash beside all that it stands for is taken back as that is: by its files.
fn newest_first<'a>(plan: &'a Plan, squashes: &Squashes<'_>) -> Vec<&'a Step> {
    let applied = plan
        .applied()
        .iter()
        .filter(|step| step.state != State::Unsettled || !squashes.is_beside(step.version));
    let pending = plan.pending().iter();
    let reverting = pending.filter(|step| step.state == State::Reverting);
    let mut steps: Vec<&Step> = applied.chain(reverting).collect();
    steps.sort_by_key(|step| std::cmp::Reverse(step.version));
    steps
}

/// Why nothing can be taken back down to this version.
fn no_aim(
    plan: &Plan,
    applied: &[&Step],
    squashes: &Squashes<'_>,
    version: Version,
) -> Option<Problem> {
    let mut known = applied.iter().copied().chain(plan.applied());
    if known.any(|step| step.version == version) {
        return None;
    }
    let message = squashes.stands_for(version).map_or_else(
        || "it is not applied, so nothing can be taken back down to it".to_owned(),
        |squash| {
            let file = squash.file();
            format!("{file} stands for it and for others, and can only be taken back as a whole")
        },
    );
    Some(Problem::new(format!("version {version}"), message))
}

fn unfinished(plan: &Plan) -> Vec<Problem> {
    let unfinished = plan
        .pending()
        .iter()
        .filter(|step| step.state == State::Unfinished);
    let message = "it began and did not end: apply it to its end before anything is taken back";
    unfinished
        .map(|step| Problem::new(&step.file, message))
        .collect()
}
