use std::fmt;

use howdah_ident::SchemaName;

use crate::ledger::Contents;
use crate::{Migration, Problem, Removed, Target, Version};

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// The ledger has it.
    Applied,
    /// It has not run.
    Pending,
    /// It runs outside a transaction, began, and has not ended: it is running now,
    /// or was interrupted and `apply` repairs it.
    Unfinished,
    /// The same of its way back, which `revert` takes to its end.
    Reverting,
    /// A squash of what is applied in part: the rest runs first, then `apply` writes its row in place of theirs, and
    /// runs nothing of it.
    Replacing,
    /// A squash of what is applied, all of it: it counts as applied, and `apply` puts the rows of the ledger right and
    /// runs nothing of it.
    Unsettled,
}

/// One migration of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Its version.
    pub version: Version,
    /// Its description.
    pub description: String,
    /// The file.
    pub file: String,
    /// The Rust code that runs in place of the file, by its name.
    pub code: Option<String>,
    /// Whether it runs in a transaction.
    pub transactional: bool,
    /// What its dialect removed from the file.
    pub removed: Vec<Removed>,
    /// The older migrations that it stands for, if it is a squash.
    pub replaces: Vec<Version>,
    /// Where it stands.
    pub state: State,
    /// Of one that is unfinished: how many of its statements have ended, on the way that it was going. `None` where
    /// another program began it, where the role may not read the log, and of Rust code.
    pub statements_ended: Option<usize>,
    /// Of the same: when it began, as the server writes it, in UTC: `2026-01-31 12:00:00`.
    pub began_at: Option<String>,
}

impl Step {
    pub(crate) fn new(migration: &Migration, state: State) -> Self {
        Self {
            version: migration.version(),
            description: migration.description().to_owned(),
            file: migration.file().to_owned(),
            code: migration.code_name().map(str::to_owned),
            transactional: migration.is_transactional(),
            removed: migration.removed().to_vec(),
            replaces: migration.replaces().collect(),
            state,
            statements_ended: None,
            began_at: None,
        }
    }

    fn is_applied(&self) -> bool {
        matches!(self.state, State::Applied | State::Unsettled)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Applied | State::Unsettled => "applied",
            State::Pending | State::Unfinished | State::Replacing => "pending",
            State::Reverting => "reverting",
        };
        write!(f, "{state}  {}  {}", self.version, self.description)?;
        if self.state == State::Replacing {
            return f.write_str(" (stands for what is applied: its row is written, nothing runs)");
        }
        if self.state == State::Unsettled {
            let count = self.replaces.len();
            return write!(
                f,
                " (as {count} older migration(s): the next `up` puts the ledger right, and runs nothing)"
            );
        }
        if let Some(code) = self.code.as_ref().filter(|_| !self.is_applied()) {
            write!(f, " (Rust code {code})")?;
        }
        if !self.is_applied() && !self.transactional {
            f.write_str(" (outside a transaction)")?;
        }
        match (self.state, self.statements_ended) {
            (State::Unfinished, Some(ended)) => write!(
                f,
                " (began and did not end; {ended} statement(s) of it have ended)"
            ),
            (State::Unfinished, None) => f.write_str(" (began and did not end)"),
            _ => Ok(()),
        }
    }
}

/// What is applied and what an `apply` would run, after everything was verified.
///
/// That of [`Migrator::examine`](crate::Migrator::examine) may have problems; then nothing of it would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    schema: SchemaName,
    schema_exists: bool,
    ledger_exists: bool,
    log_exists: bool,
    applied: Vec<Step>,
    pending: Vec<Step>,
    beyond: Vec<Step>,
    warnings: Vec<Problem>,
    problems: Vec<Problem>,
}

impl Plan {
    pub(crate) fn new(schema: SchemaName, contents: &Contents) -> Self {
        Self {
            schema,
            schema_exists: contents.schema_exists,
            ledger_exists: contents.ledger_exists,
            log_exists: contents.log_exists,
            applied: Vec::new(),
            pending: Vec::new(),
            beyond: Vec::new(),
            warnings: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, step: Step) {
        match step.state {
            State::Applied | State::Unsettled => self.applied.push(step),
            State::Pending | State::Unfinished | State::Reverting | State::Replacing => {
                self.pending.push(step);
            }
        }
    }

    pub(crate) fn warn(&mut self, warnings: impl IntoIterator<Item = Problem>) {
        self.warnings.extend(warnings);
    }

    pub(crate) fn refuse(&mut self, problems: Vec<Problem>) {
        self.problems = problems;
    }

    /// Itself, if nothing is wrong with it.
    pub(crate) fn into_sound(mut self) -> Result<Self, Vec<Problem>> {
        let problems = std::mem::take(&mut self.problems);
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }

    /// Leaves what is beyond the target for later.
    pub(crate) fn aim(&mut self, target: Target) -> Option<Problem> {
        let count = match target {
            Target::Newest => return None,
            Target::Count(count) => count.min(self.pending.len()),
            Target::Version(version) => {
                let mut all = self.applied.iter().chain(&self.pending);
                if !all.any(|step| step.version == version) {
                    let message = "there is no migration of that version to stop at";
                    return Some(Problem::new(format!("version {version}"), message));
                }
                let before = |step: &Step| step.version <= version;
                self.pending.partition_point(before)
            }
        };
        self.beyond = self.pending.split_off(count);
        None
    }

    /// The schema.
    pub fn schema(&self) -> &SchemaName {
        &self.schema
    }

    /// Whether the schema is there; `apply` creates it otherwise.
    pub fn schema_exists(&self) -> bool {
        self.schema_exists
    }

    /// Whether the ledger is there; `apply` creates it otherwise.
    pub fn ledger_exists(&self) -> bool {
        self.ledger_exists
    }

    pub(crate) fn log_exists(&self) -> bool {
        self.log_exists
    }

    /// What is applied, in the order of versions, also a squash that stands for what is.
    pub fn applied(&self) -> &[Step] {
        &self.applied
    }

    /// What `apply` would run, in the order of versions.
    pub fn pending(&self) -> &[Step] {
        &self.pending
    }

    /// What `apply` does, in order: what is pending, and squashes whose rows are to come in place of others.
    pub(crate) fn to_do(&self) -> Vec<&Step> {
        let applied = self.applied.iter();
        let unsettled = applied.filter(|step| step.state == State::Unsettled);
        let mut steps: Vec<&Step> = unsettled.chain(&self.pending).collect();
        steps.sort_by_key(|step| step.version);
        steps
    }

    /// What is pending beyond the target, and stays so.
    pub fn beyond(&self) -> &[Step] {
        &self.beyond
    }

    /// What is odd, and allowed.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Everything that is wrong, of a plan by [`Migrator::examine`](crate::Migrator::examine); any other has none.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What is wrong with this migration.
    pub fn problems_of(&self, step: &Step) -> impl Iterator<Item = &Problem> {
        let problems = self.problems.iter();
        problems.filter(|problem| problem.place == step.file)
    }

    /// What is wrong with no migration of the plan: rows of the ledger without a file, a target that is not there.
    pub fn problems_of_none(&self) -> impl Iterator<Item = &Problem> {
        let steps = || {
            [&self.applied, &self.pending, &self.beyond]
                .into_iter()
                .flatten()
        };
        let problems = self.problems.iter();
        problems.filter(move |problem| steps().all(|step| step.file != problem.place))
    }

    /// Whether nothing is pending, as far as the target.
    pub fn is_up_to_date(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether `apply` has something to do: to run what is pending, or only to put the rows of the ledger right where a
    /// squash stands for what is applied.
    pub fn needs_apply(&self) -> bool {
        !self.to_do().is_empty()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (applied, pending) = (self.applied.len(), self.pending.len());
        write!(
            f,
            "schema {}: {applied} applied, {pending} pending",
            self.schema
        )?;
        if !self.schema_exists {
            f.write_str(" (the schema does not exist yet)")?;
        }
        for step in self.applied.iter().chain(&self.pending) {
            write!(f, "\n{step}")?;
            self.problems_of(step)
                .try_for_each(|problem| write!(f, "\n    problem: {problem}"))?;
        }
        if !self.beyond.is_empty() {
            write!(f, "\n{} more beyond the target", self.beyond.len())?;
        }
        for warning in &self.warnings {
            write!(f, "\nwarning: {warning}")?;
        }
        self.problems_of_none()
            .try_for_each(|problem| write!(f, "\nproblem: {problem}"))?;
        Ok(())
    }
}
