use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sqlx::migrate::MigrationType;

use crate::check;
use crate::checksum::Checksum;
use crate::file_name::{Direction, FileName};
use crate::replaces::Replaces;
use crate::{Error, Migration, Plan, Problem, Version};

/// All migrations of a program, in the order of their versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrations {
    forward: Vec<Migration>,
    backward: Vec<Migration>,
}

impl Migrations {
    /// Reads the `.sql` files of a directory; folders and other files in it do not count.
    ///
    /// # Errors
    /// [`Error::Read`] if the directory or a file cannot be read, and [`Error::Files`] with all that is
    /// wrong in them: names, duplicate versions, an order by name that is not the order by version, a
    /// `.down.sql` alone, text that is not UTF-8, an empty file, a `-- no-transaction` that sqlx would
    /// not see, a `-- howdah: replaces` that cannot be.
    pub fn read(dir: impl AsRef<Path>) -> Result<Self, Error> {
        let mut found = Vec::new();
        let mut problems = Vec::new();
        let mut previous: Option<(Version, String)> = None;
        for path in sql_files(dir.as_ref())? {
            match read_file(&path)? {
                Ok(migration) => {
                    problems.extend(check::order(previous.as_ref(), &migration));
                    if previous
                        .as_ref()
                        .is_none_or(|(last, _)| migration.version() > *last)
                    {
                        previous = Some((migration.version(), migration.file().to_owned()));
                    }
                    found.push(migration);
                }
                Err(wrong) => problems.extend(wrong),
            }
        }
        Self::assemble(found, problems)
    }

    /// Takes those that `sqlx::migrate!` compiled into the program.
    ///
    /// # Errors
    /// [`Error::Files`], as [`Migrations::read`].
    pub fn embedded(migrator: &sqlx::migrate::Migrator) -> Result<Self, Error> {
        let mut found = Vec::new();
        let mut problems = Vec::new();
        for theirs in migrator.iter() {
            match from_sqlx(theirs) {
                Ok(migration) => found.push(migration),
                Err(wrong) => problems.extend(wrong),
            }
        }
        Self::assemble(found, problems)
    }

    /// One file that is not written yet.
    ///
    /// # Errors
    /// [`Error::Files`], as [`Migrations::read`].
    pub fn single(file: &str, text: &str) -> Result<Self, Error> {
        match read_text(Path::new(file), text.as_bytes()) {
            Ok(migration) => Self::assemble(vec![migration], Vec::new()),
            Err(problems) => Self::assemble(Vec::new(), problems),
        }
    }

    /// Those that lead forward, in the order of their versions.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Migration> {
        self.forward.iter()
    }

    /// The paths of all files, those that lead back too.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.forward
            .iter()
            .chain(&self.backward)
            .map(Migration::file)
    }

    /// Those that the plan says are applied, with their ways back: what a database beside that one must run to be like
    /// it.
    #[must_use]
    pub fn applied(&self, plan: &Plan) -> Self {
        let applied: BTreeSet<Version> = plan.applied().iter().map(|step| step.version).collect();
        let kept = |all: &[Migration]| {
            let kept = all.iter().filter(|one| applied.contains(&one.version()));
            kept.cloned().collect()
        };
        Self {
            forward: kept(&self.forward),
            backward: kept(&self.backward),
        }
    }

    /// How many lead forward.
    pub fn len(&self) -> usize {
        self.forward.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.forward.is_empty()
    }

    /// Those that lead back, in the order of their versions.
    pub(crate) fn backward(&self) -> &[Migration] {
        &self.backward
    }

    pub(crate) fn get(&self, version: Version) -> Option<&Migration> {
        self.forward
            .binary_search_by_key(&version, Migration::version)
            .ok()
            .and_then(|index| self.forward.get(index))
    }

    /// The way back.
    pub(crate) fn back(&self, version: Version) -> Option<&Migration> {
        self.backward
            .binary_search_by_key(&version, Migration::version)
            .ok()
            .and_then(|index| self.backward.get(index))
    }

    fn assemble(mut found: Vec<Migration>, mut problems: Vec<Problem>) -> Result<Self, Error> {
        found.sort_by_key(|migration| (migration.version(), migration.direction()));
        let (backward, forward): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|migration| migration.direction() == Direction::Down);
        problems.extend(duplicates(&forward));
        problems.extend(duplicates(&backward));
        problems.extend(downs_alone(&forward, &backward));
        problems.extend(check::squashes(&forward));
        if problems.is_empty() {
            return Ok(Self { forward, backward });
        }
        problems.sort_by(|a, b| (&a.place, a.line).cmp(&(&b.place, b.line)));
        Err(Error::Files { problems })
    }
}

/// In the byte order of their names.
fn sql_files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| Error::Read { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(at(dir))? {
        let path = entry.map_err(at(dir))?.path();
        let is_sql = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
        if is_sql && fs::metadata(&path).map_err(at(&path))?.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The outer error ends the reading, the inner one is collected.
fn read_file(path: &Path) -> Result<Result<Migration, Vec<Problem>>, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(read_text(path, &bytes))
}

fn read_text(path: &Path, bytes: &[u8]) -> Result<Migration, Vec<Problem>> {
    let file = path.display().to_string();
    let name = path
        .file_name()
        .and_then(OsStr::to_str)
        .ok_or("the name is not UTF-8")
        .and_then(FileName::parse)
        .map_err(|message| Problem::new(&file, message));
    let text = check::text(&file, bytes);
    match (name, text) {
        (Ok(name), Ok(text)) => Replaces::read(&name, &file, text)
            .map(|replaces| Migration::new(name, file, text).with_replaces(replaces)),
        (name, text) => Err(name
            .err()
            .into_iter()
            .chain(text.err().unwrap_or_default())
            .collect()),
    }
}

fn from_sqlx(theirs: &sqlx::migrate::Migration) -> Result<Migration, Vec<Problem>> {
    let direction = match theirs.migration_type {
        MigrationType::Simple => Direction::Simple,
        MigrationType::ReversibleUp => Direction::Up,
        MigrationType::ReversibleDown => Direction::Down,
    };
    let stem = theirs.description.replace(' ', "_");
    let file = format!("{}_{stem}{}", theirs.version, direction.suffix());
    let version = Version::new(theirs.version)
        .ok_or_else(|| vec![Problem::new(&file, "the version must be above zero")])?;
    let text = check::text(&file, theirs.sql.as_str().as_bytes())?;
    let name = FileName {
        version,
        description: theirs.description.clone().into_owned(),
        direction,
    };
    let checksum = Checksum::from_bytes(&theirs.checksum);
    let replaces = Replaces::read(&name, &file, text)?;
    let migration = Migration::new(name, file, text).with_replaces(replaces);
    Ok(migration.with_sqlx(checksum, !theirs.no_tx))
}

fn duplicates(sorted: &[Migration]) -> impl Iterator<Item = Problem> {
    sorted
        .iter()
        .zip(sorted.iter().skip(1))
        .filter(|(first, second)| first.version() == second.version())
        .map(|(first, second)| {
            Problem::new(
                second.file(),
                format!(
                    "the version {} is taken by {}: give one of them a new version",
                    second.version(),
                    first.file()
                ),
            )
        })
}

fn downs_alone(forward: &[Migration], backward: &[Migration]) -> Vec<Problem> {
    let ups: BTreeMap<Version, &Migration> = forward
        .iter()
        .map(|migration| (migration.version(), migration))
        .collect();
    backward
        .iter()
        .filter(|down| {
            ups.get(&down.version())
                .is_none_or(|up| up.direction() != Direction::Up)
        })
        .map(|down| {
            Problem::new(
                down.file(),
                "there is no .up.sql file of the same version that this one takes back",
            )
        })
        .collect()
}
