use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{Contents, Row};
use crate::replaces::Replaces;
use crate::{Migration, Migrations, Problem, State, Version};

/// What the squashes among the migrations mean for one database.
///
/// The rows of the ledger are kept such that there is one for each file, whoever looks at it: sqlx refuses a row
/// without a file, and runs a file without a row. So the rows of what a squash replaces go when their files go, and
/// files that are still there get theirs without being run.
#[derive(Debug)]
pub(crate) struct Squashes<'a>(Vec<Squash<'a>>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Squash<'a> {
    pub(crate) migration: &'a Migration,
    /// Whether the ledger has it, as one that ended.
    pub(crate) is_applied: bool,
    /// The rows of what it replaces whose files are gone.
    pub(crate) gone: Vec<Version>,
    /// The files of what it replaces that have no row.
    pub(crate) without_row: Vec<&'a Migration>,
    standing: Standing,
    /// What it replaces and is not applied.
    missing: Replaces,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nothing of what it replaces is applied: it runs, or has begun, and they never will.
    Runs,
    /// All of it is, or what is missing runs first: its row comes in place of theirs.
    Replaces,
    /// Some of it is, and the files of the rest are gone.
    Torn,
    /// It is applied, and there is nothing left to do.
    Done,
}

impl<'a> Squashes<'a> {
    pub(crate) fn of(migrations: &'a Migrations, contents: &Contents) -> Self {
        let rows: BTreeMap<i64, &Row> =
            contents.rows.iter().map(|row| (row.version, row)).collect();
        let squashes = migrations
            .iter()
            .filter(|migration| !migration.replaced().is_empty());
        Self(
            squashes
                .map(|migration| Squash::of(migration, migrations, &rows))
                .collect(),
        )
    }

    pub(crate) fn get(self, version: Version) -> Option<Squash<'a>> {
        let mut all = self.0.into_iter();
        all.find(|squash| squash.migration.version() == version)
    }

    /// Whether a row without a file is one that a squash replaces.
    pub(crate) fn explain(&self, row: i64) -> bool {
        let version = Version::new(row);
        version.is_some_and(|version| self.stands_for(version).is_some())
    }

    /// Whether a file without a row never runs, because a squash does in its place or has.
    pub(crate) fn cover(&self, file: Version) -> bool {
        self.0.iter().any(|one| {
            (one.standing == Standing::Runs || one.is_applied)
                && one.migration.replaced().contains(file)
        })
    }

    /// Where this squash stands, if its row is to be put in place of others.
    pub(crate) fn replace(&self, squash: Version) -> Option<State> {
        let one = self
            .find(squash)
            .filter(|one| one.standing == Standing::Replaces)?;
        Some(if one.is_applied || one.missing.is_empty() {
            State::Unsettled
        } else {
            State::Replacing
        })
    }

    /// Whether this squash only stands beside what is applied: the files of all of that are there, and it has no row.
    pub(crate) fn is_beside(&self, squash: Version) -> bool {
        self.find(squash)
            .is_some_and(|one| !one.is_applied && one.gone.is_empty())
    }

    /// The squash that stands for this one.
    pub(crate) fn stands_for(&self, version: Version) -> Option<&Migration> {
        let mut others = self.0.iter().filter(|one| one.standing != Standing::Runs);
        let one = others.find(|one| one.migration.replaced().contains(version))?;
        Some(one.migration)
    }

    fn find(&self, squash: Version) -> Option<&Squash<'a>> {
        let mut all = self.0.iter();
        all.find(|one| one.migration.version() == squash)
    }

    /// Those that neither can run nor stand for what is there.
    pub(crate) fn torn(&self) -> impl Iterator<Item = Problem> {
        let torn = self.0.iter().filter(|one| one.standing == Standing::Torn);
        torn.map(|one| {
            let message = format!(
                "it replaces {}, of which {} did not end here, and there are no files for that: apply what is missing \
                 first, with the release that still has the files",
                one.migration.replaced(),
                one.missing
            );
            Problem::new(one.migration.file(), message)
        })
    }

    /// Those of what is applied in part and without all of its files: neither they nor it can be taken back.
    pub(crate) fn halfway(&self) -> impl Iterator<Item = Problem> {
        let found = self.0.iter().filter(|one| {
            let is_pending = one.standing == Standing::Replaces && !one.is_applied;
            is_pending && !one.missing.is_empty() && !one.gone.is_empty()
        });
        found.map(|one| {
            let message = format!(
                "it replaces {}, of which {} is not applied, and files of what is are gone: apply first (`up`)",
                one.migration.replaced(),
                one.missing
            );
            Problem::new(one.migration.file(), message)
        })
    }

    /// Why this squash cannot be taken back.
    pub(crate) fn keeps(&self, squash: Version) -> Option<Problem> {
        let one = self
            .find(squash)
            .filter(|one| one.is_kept_beside() || !one.without_row.is_empty())?;
        let message =
            "the files that it replaces are still there, and would look applied: remove them first";
        Some(Problem::new(one.migration.file(), message))
    }
}

impl<'a> Squash<'a> {
    fn of(
        migration: &'a Migration,
        migrations: &'a Migrations,
        rows: &BTreeMap<i64, &Row>,
    ) -> Self {
        let replaces = migration.replaced();
        let has_row = |version: Version| rows.contains_key(&version.as_i64());
        let ended = |version: Version| rows.get(&version.as_i64()).is_some_and(|row| row.success);
        let missing = Replaces::of(replaces.iter().filter(|version| !ended(*version)));
        let is_applied = ended(migration.version());
        let mut this = Self {
            migration,
            is_applied,
            gone: replaces
                .iter()
                .filter(|version| has_row(*version) && migrations.get(*version).is_none())
                .collect(),
            without_row: replaces
                .iter()
                .filter(|version| !has_row(*version))
                .filter_map(|version| migrations.get(version))
                .collect(),
            standing: Standing::Done,
            missing,
        };
        this.standing = this.standing(migrations, replaces.iter().any(has_row));
        this
    }

    fn standing(&self, migrations: &Migrations, any_row: bool) -> Standing {
        if self.is_applied {
            return if self.gone.is_empty() && self.without_row.is_empty() {
                Standing::Done
            } else {
                Standing::Replaces
            };
        }
        if !any_row {
            return Standing::Runs;
        }
        let mut missing = self.missing.iter();
        if missing.all(|version| migrations.get(version).is_some()) {
            Standing::Replaces
        } else {
            Standing::Torn
        }
    }

    /// Whether a file of what it replaces is still in the directory and has a row.
    fn is_kept_beside(&self) -> bool {
        let there: BTreeSet<Version> = self
            .gone
            .iter()
            .copied()
            .chain(self.missing.iter())
            .collect();
        self.migration
            .replaced()
            .iter()
            .any(|version| !there.contains(&version))
    }
}
