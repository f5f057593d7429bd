use std::path::Path;

use super::{Found, sip};
use crate::legacy::Key;
use crate::{Adopted, Legacy, LegacyTool, Migration, Migrations, Problem, Version};

/// Which files the entries are.
pub(super) fn pair(
    migrations: &Migrations,
    legacy: &Legacy,
    table: &str,
    found: &[Found],
) -> Result<Vec<Adopted>, Vec<Problem>> {
    let pairing = Pairing {
        migrations,
        tool: legacy.tool,
        table,
    };
    let mut problems = dirty(&pairing, found);
    let paired = match legacy.tool.key() {
        Key::Version => each(found, |found| pairing.by_version(found)),
        Key::Name => each(found, |found| pairing.by_name(found)),
        Key::NewestVersion | Key::NewestName => pairing.newest(found, legacy.at),
    };
    let (mut files, wrong) = paired;
    problems.extend(wrong);
    files.sort_by_key(|file| file.version);
    problems.extend(twice(&pairing, &files));
    problems.extend(both_ways(&pairing, &files));
    if problems.is_empty() {
        Ok(files)
    } else {
        Err(problems)
    }
}

/// What is known about both sides.
struct Pairing<'a> {
    migrations: &'a Migrations,
    tool: LegacyTool,
    table: &'a str,
}

type Paired = (Vec<Adopted>, Vec<Problem>);

impl<'a> Pairing<'a> {
    fn problem(&self, found: &Found, message: impl Into<String>) -> Problem {
        Problem::new(format!("{}, entry {}", self.table, found.entry), message)
    }

    fn by_version(&self, found: &Found) -> Result<&'a Migration, Problem> {
        let version = found.entry.parse().ok().and_then(Version::new);
        let migration = version
            .and_then(|version| self.migrations.get(version))
            .ok_or_else(|| self.without_file(found))?;
        if self.is_edited(found, migration) {
            let message = format!(
                "{} has another checksum than {} of {}: it was edited after it was applied, or is another migration; \
                 restore it, or stamp it by hand",
                migration.file(),
                found.name.as_deref().unwrap_or(&found.entry),
                self.tool
            );
            return Err(self.problem(found, message));
        }
        Ok(migration)
    }

    fn is_edited(&self, found: &Found, migration: &Migration) -> bool {
        let Some(checksum) = &found.checksum else {
            return false;
        };
        match self.tool {
            LegacyTool::Sqlx => !migration.matches(checksum),
            LegacyTool::Refinery => {
                let name = found.name.as_deref().unwrap_or_default();
                !sip::matches(migration, name, checksum)
            }
            _ => false,
        }
    }

    /// The name of the file, with or without its version: whoever had no versions gave the files some to move here.
    fn by_name(&self, found: &Found) -> Result<&'a Migration, Problem> {
        let wanted = Name::of(&found.entry);
        let all = |is_it: &dyn Fn(&Migration) -> bool| -> Vec<&'a Migration> {
            self.migrations.iter().filter(|file| is_it(file)).collect()
        };
        let same = all(&|file| {
            wanted.version == Some(file.version()) && wanted.words == words(file.description())
        });
        let named = all(&|file| {
            let whole = words(&stem(&found.entry));
            words(file.description()) == whole || words(&stem(file.file())) == whole
        });
        let numbered = all(&|file| wanted.version == Some(file.version()));
        let files = if same.is_empty() { named } else { same };
        match files.as_slice() {
            [one] => Ok(one),
            [] => Err(match numbered.first() {
                Some(file) => self.problem(
                    found,
                    format!(
                        "{} has its number and another name, so nobody knows whether it is the same: \
                         give the file the name that it had",
                        file.file()
                    ),
                ),
                None => self.without_file(found),
            }),
            several => {
                let files: Vec<&str> = several.iter().map(|file| file.file()).collect();
                let message = format!("it may be any of these: {}; name them apart", files.join(", "));
                Err(self.problem(found, message))
            }
        }
    }

    /// Everything up to the one that the ledger, or whoever asks, says is the newest.
    fn newest(&self, found: &[Found], at: Option<Version>) -> Paired {
        let one = match found {
            [] => return Paired::default(),
            [one] => one,
            [first, ..] => {
                let entries: Vec<&str> = found.iter().map(|found| &*found.entry).collect();
                let message = format!(
                    "there are several: {}; bring them together with {} first",
                    entries.join(", "),
                    self.tool
                );
                return (Vec::new(), vec![self.problem(first, message)]);
            }
        };
        let newest = match self.tool.key() {
            Key::NewestName => self.revision(one, at),
            _ => self.by_version(one),
        };
        match newest {
            Err(problem) => (Vec::new(), vec![problem]),
            Ok(newest) => {
                let before = |file: &&Migration| file.version() <= newest.version();
                let files = self.migrations.iter().filter(before);
                let adopt = |file| Adopted::new(file, &one.entry, one.at.as_deref());
                (files.map(adopt).collect(), Vec::new())
            }
        }
    }

    /// What was said, or the file that has the revision in its name.
    fn revision(&self, found: &Found, at: Option<Version>) -> Result<&'a Migration, Problem> {
        if let Some(at) = at {
            let message =
                format!("there is no file of the version {at}, at which it is said to be");
            let file = self.migrations.get(at);
            return file.ok_or_else(|| self.problem(found, message));
        }
        let has_it = |file: &&Migration| {
            let stem = stem(file.file()).to_lowercase();
            let mut parts = stem.split(|c: char| !c.is_ascii_alphanumeric());
            parts.any(|part| part == found.entry.to_lowercase())
        };
        let named: Vec<&Migration> = self.migrations.iter().filter(has_it).collect();
        match named.as_slice() {
            [one] => Ok(one),
            _ => Err(self.problem(
                found,
                "no file has this revision in its name: say which version it is at (`--at`)",
            )),
        }
    }

    fn without_file(&self, found: &Found) -> Problem {
        let message = format!(
            "there is no file for it{}: bring it here under that version, as it was applied",
            found
                .name
                .as_deref()
                .map_or_else(String::new, |name| format!(" ({name})"))
        );
        self.problem(found, message)
    }
}

fn each<'a>(found: &[Found], pair: impl Fn(&Found) -> Result<&'a Migration, Problem>) -> Paired {
    let mut paired = Paired::default();
    for found in found {
        match pair(found) {
            Ok(migration) => {
                let at = found.at.as_deref();
                paired.0.push(Adopted::new(migration, &found.entry, at));
            }
            Err(problem) => paired.1.push(problem),
        }
    }
    paired
}

fn dirty(pairing: &Pairing<'_>, found: &[Found]) -> Vec<Problem> {
    let message = format!(
        "it began and did not end: look at what it left, and finish or undo that with {} first",
        pairing.tool
    );
    let dirty = found.iter().filter(|found| found.is_dirty);
    dirty
        .map(|found| pairing.problem(found, message.as_str()))
        .collect()
}

/// Files that are two entries; they are in the order of their versions.
fn twice(pairing: &Pairing<'_>, files: &[Adopted]) -> Vec<Problem> {
    let pairs = files.iter().zip(files.iter().skip(1));
    pairs
        .filter(|(first, second)| first.version == second.version)
        .map(|(first, second)| {
            let message = format!(
                "{} and {} of {} are both this file: name the files apart",
                first.entry, second.entry, pairing.table
            );
            Problem::new(&second.file, message)
        })
        .collect()
}

/// A file as the other tool reads it, with the way back below the way forward, would run both on a new database.
fn both_ways(pairing: &Pairing<'_>, files: &[Adopted]) -> Vec<Problem> {
    let Some(mark) = pairing.tool.way_back() else {
        return Vec::new();
    };
    let files = files.iter().filter_map(|file| {
        let sql = pairing.migrations.get(file.version)?.sql();
        let mut lines = sql.lines();
        let line = lines.position(|line| line.trim().to_lowercase().starts_with(mark))?;
        let message = format!(
            "behind `{mark}` stands its way back, which would run with it on a new database: \
             put it into a .down.sql file beside an .up.sql file"
        );
        Some(Problem::new(&file.file, message).at_line(line + 1))
    });
    files.collect()
}

/// What an entry says by its name.
struct Name {
    version: Option<Version>,
    words: Vec<String>,
}

impl Name {
    fn of(entry: &str) -> Self {
        let stem = stem(entry);
        let digits = stem.chars().take_while(char::is_ascii_digit).count();
        let (number, rest) = stem.split_at(digits);
        Self {
            version: number.parse().ok().and_then(Version::new),
            words: words(rest),
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The name of a file without what stands before and behind it.
fn stem(file: &str) -> String {
    let name = Path::new(file).file_name().and_then(|name| name.to_str());
    let name = name.unwrap_or(file);
    let name = name.strip_suffix(".sql").unwrap_or(name);
    let name = name.strip_suffix(".up").unwrap_or(name);
    name.to_owned()
}
