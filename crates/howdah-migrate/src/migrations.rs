use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::migrate::MigrationType;

use crate::check;
use crate::checksum::Checksum;
use crate::code::{Body, MARK};
use crate::file_name::{Direction, FileName, PATTERN};
use crate::replaces::Replaces;
use crate::{
    BatchMigration, CodeMigration, Error, Migration, Plan, Problem, ReadOptions, Removed, Version,
};

/// All migrations of a program, in the order of their versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrations {
    forward: Vec<Migration>,
    backward: Vec<Migration>,
    /// Names without a version.
    skipped: Vec<Problem>,
}

impl Migrations {
    /// Reads the `.sql` files of a directory; folders and other files in it do not count. A name without `_`, such as
    /// `seed.sql`, is left out, as sqlx does it, and each plan warns of it.
    ///
    /// # Errors
    /// [`Error::Read`] if the directory or a file cannot be read, and [`Error::Files`] with all that is
    /// wrong in them: names, duplicate versions, an order by name that is not the order by version, a
    /// `.down.sql` alone, text that is not UTF-8, a `-- howdah: replaces` that cannot be.
    pub fn read(dir: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read_with(dir, &ReadOptions::default())
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Migrations::read`].
    pub fn read_with(dir: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, Error> {
        let (migrations, problems) = Self::read_parts(dir.as_ref(), options)?;
        migrations.sound(problems)
    }

    /// What can be read, and everything that is wrong. They are no sound set of migrations if something is.
    pub(crate) fn read_parts(
        dir: &Path,
        options: &ReadOptions,
    ) -> Result<(Self, Vec<Problem>), Error> {
        let reader = Reader::new(options);
        let (files, skipped) = sql_files(dir)?;
        let mut found = Vec::with_capacity(files.len());
        let mut problems = Vec::new();
        let mut previous: Option<(Version, String)> = None;
        for path in files {
            match reader.file(&path)? {
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
        let (read, problems) = Self::parts(found, problems);
        Ok((Self { skipped, ..read }, problems))
    }

    /// Takes those that `sqlx::migrate!` compiled into the program. Where `sqlx.toml` gives the ledger another name, that
    /// is for the options: [`SqlxToml::embedded`](crate::SqlxToml::embedded).
    ///
    /// # Errors
    /// [`Error::Files`], as [`Migrations::read`].
    pub fn embedded(migrator: &sqlx::migrate::Migrator) -> Result<Self, Error> {
        Self::embedded_with(migrator, &ReadOptions::default())
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Migrations::embedded`].
    pub fn embedded_with(
        migrator: &sqlx::migrate::Migrator,
        options: &ReadOptions,
    ) -> Result<Self, Error> {
        let reader = Reader::new(options);
        let mut found = Vec::new();
        let mut problems = Vec::new();
        for theirs in migrator.iter() {
            match reader.embedded(theirs) {
                Ok(migration) => found.push(migration),
                Err(wrong) => problems.extend(wrong),
            }
        }
        Self::assemble(found, problems)
    }

    /// Lets code run in place of the file that has the mark `-- howdah: code NAME`.
    ///
    /// # Errors
    /// [`Error::Files`] if no file has this mark, if two have it, or if the file runs outside a transaction.
    pub fn with_code(mut self, name: &str, code: impl CodeMigration) -> Result<Self, Error> {
        let stub = self.stub(name)?;
        if !stub.is_transactional() {
            let message = "the code runs in one transaction: remove `-- no-transaction`";
            let problems = vec![Problem::new(stub.file(), message)];
            return Err(Error::Files { problems });
        }
        stub.with_body(Body::whole(code));
        Ok(self)
    }

    /// The same with code that runs in batches; the file starts with `-- no-transaction`.
    ///
    /// # Errors
    /// [`Error::Files`] if no file has this mark, if two have it, or if the file runs in a transaction.
    pub fn with_batches(mut self, name: &str, code: impl BatchMigration) -> Result<Self, Error> {
        let stub = self.stub(name)?;
        if stub.is_transactional() {
            let message = "each batch is a transaction: start the file with `-- no-transaction`";
            let problems = vec![Problem::new(stub.file(), message)];
            return Err(Error::Files { problems });
        }
        stub.with_body(Body::batches(code));
        Ok(self)
    }

    /// The one file of this code.
    fn stub(&mut self, name: &str) -> Result<&mut Migration, Error> {
        let all = self.forward.iter_mut().chain(&mut self.backward);
        let mut stubs: Vec<&mut Migration> = all
            .filter(|migration| migration.code_name() == Some(name))
            .collect();
        let problem = match stubs.as_slice() {
            [_] => None,
            [first, second, ..] => Some(Problem::new(
                second.file(),
                format!("the code {name} has a file already, {}", first.file()),
            )),
            [] => Some(Problem::new(
                format!("code {name}"),
                format!(
                    "no migration has the mark `-- {MARK} {name}`: write a file with it, whose version says when it runs"
                ),
            )),
        };
        match (stubs.pop(), problem) {
            (Some(stub), None) => Ok(stub),
            (_, problem) => Err(Error::Files {
                problems: problem.into_iter().collect(),
            }),
        }
    }

    /// One file that is not written yet.
    ///
    /// # Errors
    /// [`Error::Files`], as [`Migrations::read`].
    pub fn single(file: &str, text: &str) -> Result<Self, Error> {
        match Reader::new(&ReadOptions::default()).text(Path::new(file), text.as_bytes()) {
            Ok(migration) => {
                let problems = check::form(&migration);
                Self::assemble(vec![migration], problems)
            }
            Err(problems) => Self::assemble(Vec::new(), problems),
        }
    }

    /// Those that lead forward, in the order of their versions.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Migration> {
        self.forward.iter()
    }

    /// Those that lead back, in the order of their versions.
    pub fn iter_back(&self) -> impl ExactSizeIterator<Item = &Migration> {
        self.backward.iter()
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
            kept.cloned().map(Migration::applied_elsewhere).collect()
        };
        Self {
            forward: kept(&self.forward),
            backward: kept(&self.backward),
            skipped: Vec::new(),
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

    /// What the dialect removed, with the file it stood in.
    pub fn removed(&self) -> impl Iterator<Item = (&Migration, &Removed)> {
        let all = self.forward.iter().chain(&self.backward);
        all.flat_map(|migration| migration.removed().iter().map(move |one| (migration, one)))
    }

    /// The files that were left out.
    pub(crate) fn skipped(&self) -> &[Problem] {
        &self.skipped
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

    fn assemble(found: Vec<Migration>, problems: Vec<Problem>) -> Result<Self, Error> {
        let (migrations, problems) = Self::parts(found, problems);
        migrations.sound(problems)
    }

    /// Itself, if nothing is wrong.
    fn sound(self, problems: Vec<Problem>) -> Result<Self, Error> {
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(Error::Files { problems })
        }
    }

    fn parts(mut found: Vec<Migration>, mut problems: Vec<Problem>) -> (Self, Vec<Problem>) {
        let leads_back = |migration: &Migration| migration.direction() == Direction::Down;
        found.sort_by_key(|one| (leads_back(one), one.version(), one.direction()));
        let backward = found.split_off(found.partition_point(|one| !leads_back(one)));
        let forward = found;
        problems.extend(duplicates(&forward));
        problems.extend(duplicates(&backward));
        let alone = downs_alone(&forward, &backward, &problems);
        problems.extend(alone);
        problems.extend(check::squashes(&forward));
        problems.sort_by(|a, b| (&a.place, a.line).cmp(&(&b.place, b.line)));
        let read = Self {
            forward,
            backward,
            skipped: Vec::new(),
        };
        (read, problems)
    }
}

/// In the byte order of their names, without those that are no migration by their names.
fn sql_files(dir: &Path) -> Result<(Vec<PathBuf>, Vec<Problem>), Error> {
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
    let is_skipped = |path: &PathBuf| {
        let name = path.file_name().and_then(OsStr::to_str);
        name.is_some_and(FileName::is_skipped)
    };
    let (skipped, files) = files.into_iter().partition::<Vec<_>, _>(is_skipped);
    let skipped = skipped.iter().map(|path| {
        let file = path.display().to_string();
        Problem::new(
            file,
            format!("left out, as sqlx does it: its name is not {PATTERN}"),
        )
    });
    Ok((files, skipped.collect()))
}

/// What makes a migration of a text.
struct Reader<'a> {
    options: &'a ReadOptions,
    ignored: Arc<BTreeSet<char>>,
}

impl<'a> Reader<'a> {
    fn new(options: &'a ReadOptions) -> Self {
        Self {
            options,
            ignored: Arc::new(options.ignored_chars.clone()),
        }
    }

    /// The outer error ends the reading, the inner one is collected.
    fn file(&self, path: &Path) -> Result<Result<Migration, Vec<Problem>>, Error> {
        let bytes = fs::read(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(self.text(path, &bytes))
    }

    fn text(&self, path: &Path, bytes: &[u8]) -> Result<Migration, Vec<Problem>> {
        let file = path.display().to_string();
        let name = path
            .file_name()
            .and_then(OsStr::to_str)
            .ok_or("the name is not UTF-8")
            .and_then(FileName::parse)
            .map_err(|message| Problem::new(&file, message));
        let text = check::text(&file, bytes);
        match (name, text) {
            (Ok(name), Ok(text)) => self.migration(name, file, text),
            (name, text) => Err(name
                .err()
                .into_iter()
                .chain(text.err().unwrap_or_default())
                .collect()),
        }
    }

    fn embedded(&self, theirs: &sqlx::migrate::Migration) -> Result<Migration, Vec<Problem>> {
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
        let migration = self.migration(name, file, text)?;
        Ok(migration.with_sqlx(checksum, !theirs.no_tx))
    }

    fn migration(
        &self,
        name: FileName,
        file: String,
        text: &str,
    ) -> Result<Migration, Vec<Problem>> {
        let replaces = Replaces::read(&name, &file, text)?;
        let mut migration = Migration::new(name, file, text).with_replaces(replaces);
        if !self.ignored.is_empty() {
            migration = migration.ignoring(&self.ignored, text);
        }
        Ok(match self.options.dialect {
            Some(dialect) => migration.cleaned(dialect),
            None => migration,
        })
    }
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

/// An `.up.sql` file that has a problem of its own is there.
fn downs_alone(
    forward: &[Migration],
    backward: &[Migration],
    problems: &[Problem],
) -> Vec<Problem> {
    let is_unread = |down: &Migration| {
        let stem = down.file().strip_suffix(Direction::Down.suffix());
        let up = stem.map(|stem| format!("{stem}{}", Direction::Up.suffix()));
        up.is_some_and(|up| problems.iter().any(|problem| problem.place == up))
    };
    let ups: BTreeMap<Version, &Migration> = forward
        .iter()
        .map(|migration| (migration.version(), migration))
        .collect();
    backward
        .iter()
        .filter(|down| {
            ups.get(&down.version())
                .is_none_or(|up| up.direction() != Direction::Up)
                && !is_unread(down)
        })
        .map(|down| {
            Problem::new(
                down.file(),
                "there is no .up.sql file of the same version that this one takes back",
            )
        })
        .collect()
}
