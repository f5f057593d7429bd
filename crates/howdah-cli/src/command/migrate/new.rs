use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use howdah_migrate::{Migration, SqlxToml};
use serde_json::json;

use super::place::Place;
use crate::args::{NewArgs, TemplateArg};
use crate::{Error, Exit, Output, clock};

/// Writes the files of a new migration, whose version is behind all others.
pub(super) fn run(place: &Place, args: &NewArgs, output: &mut Output) -> Result<Exit, Error> {
    let directory = &place.files.directory;
    fs::create_dir_all(directory).map_err(Error::file(directory))?;
    let name = name(&args.description)?;
    let last = last(place)?;
    let style = Style::of(args, place.files.sqlx_toml.as_ref(), last.as_ref());
    let version = version(last.as_ref(), style.sequential, clock::now())?;
    let mut written = Vec::new();
    for (suffix, text) in texts(args, style.reversible) {
        let path = directory.join(format!("{version}_{name}{suffix}"));
        let mut file = File::create_new(&path).map_err(Error::file(&path))?;
        file.write_all(text.as_bytes())
            .map_err(Error::file(&path))?;
        written.push(path.display().to_string());
    }
    let lines: String = written
        .iter()
        .flat_map(|path| [path.as_str(), "\n"])
        .collect();
    output
        .result(
            lines,
            &json!({ "version": number(&version), "files": written }),
        )
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

/// What the command line leaves open, a `sqlx.toml` says.
struct Style {
    reversible: bool,
    /// `None`: as the versions that are there.
    sequential: Option<bool>,
}

impl Style {
    fn of(args: &NewArgs, toml: Option<&SqlxToml>, last: Option<&Migration>) -> Self {
        let as_last = || last.is_some_and(|last| last.file().ends_with(".up.sql"));
        let inferred = |toml: &SqlxToml| toml.reversible.unwrap_or_else(as_last);
        Self {
            reversible: args.reversible || toml.is_some_and(inferred),
            sequential: if args.sequential {
                Some(true)
            } else {
                toml.and_then(|toml| toml.sequential)
            },
        }
    }
}

/// A whole file or none, also when the process ends in between; never over one that is there.
pub(super) fn put(path: &Path, text: &str) -> Result<(), Error> {
    let draft = path.with_extension("sql.draft");
    fs::write(&draft, text).map_err(Error::file(&draft))?;
    let put = fs::hard_link(&draft, path).map_err(Error::file(path));
    fs::remove_file(&draft).map_err(Error::file(&draft))?;
    put
}

/// As part of a file's name.
pub(super) fn name(description: &str) -> Result<String, Error> {
    let words: Vec<String> = description
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        let what = "the description needs a word, as in `howdah migrate new \"add users email\"`";
        return Err(Error::Usage(what.to_owned()));
    }
    Ok(words.join("_"))
}

/// The newest file that is there.
fn last(place: &Place) -> Result<Option<Migration>, Error> {
    let read = place.files.read();
    let migrations = read.map_err(Error::step("reading the migrations"))?;
    Ok(migrations.iter().last().cloned())
}

/// With as many digits as the others have: files are sorted by their names.
pub(super) fn version(
    last: Option<&Migration>,
    sequential: Option<bool>,
    now: SystemTime,
) -> Result<String, Error> {
    let newest = last.map_or(0, |migration| migration.version().as_i64());
    let digits = last
        .and_then(|migration| Path::new(migration.file()).file_name()?.to_str())
        .and_then(|name| name.split('_').next())
        .map_or(4, str::len);
    // Counted versions are small: nobody has so many.
    let counts = newest > 0 && newest < 1_000_000_000;
    let next = || {
        newest.checked_add(1).ok_or_else(|| {
            Error::Usage(format!(
                "there is no version behind {newest}: give that file a smaller one"
            ))
        })
    };
    if sequential.unwrap_or(counts) {
        let text = format!("{:0digits$}", next()?);
        if newest > 0 && text.len() > digits {
            return Err(Error::Usage(format!(
                "the next version, {text}, has more digits than the others, and would sort before them: put a 0 in \
                 front of the numbers of the others (the ledger has their values, and stays as it is)"
            )));
        }
        return Ok(text);
    }
    let time = timestamp(now);
    // A clock that is behind the newest file must not put the new one before it.
    Ok(if time > newest { time } else { next()? }.to_string())
}

/// Of a file's name, without the zeros in front.
pub(super) fn number(version: &str) -> Option<i64> {
    version.parse().ok()
}

/// `20260131120000`, in UTC.
fn timestamp(now: SystemTime) -> i64 {
    let seconds = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(i64::try_from(days).unwrap_or(0));
    let clock = i64::try_from(rest / 3600 * 10_000 + rest % 3600 / 60 * 100 + rest % 60);
    ((year * 100 + month) * 100 + day) * 1_000_000 + clock.unwrap_or(0)
}

/// The date of a day since 1970. <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Suffixes and contents.
fn texts(args: &NewArgs, reversible: bool) -> Vec<(&'static str, String)> {
    let (up, down) = match args.template {
        None if args.no_transaction => ("-- no-transaction\n", "-- no-transaction\n"),
        None => ("", ""),
        Some(TemplateArg::AddColumn) => (
            include_str!("templates/add_column.up.sql"),
            include_str!("templates/add_column.down.sql"),
        ),
        Some(TemplateArg::AddIndex) => (
            include_str!("templates/add_index.up.sql"),
            include_str!("templates/add_index.down.sql"),
        ),
        Some(TemplateArg::NotNull) => (
            include_str!("templates/not_null.up.sql"),
            include_str!("templates/not_null.down.sql"),
        ),
        Some(TemplateArg::ForeignKey) => (
            include_str!("templates/foreign_key.up.sql"),
            include_str!("templates/foreign_key.down.sql"),
        ),
    };
    // A comment ends with its line.
    let description = args.description.split(char::is_control).collect::<Vec<_>>();
    let description = description.join(" ");
    let headed = |text: &str, head: &str| format!("{text}-- {description}{head}\n");
    if reversible {
        vec![
            (".up.sql", headed(up, "")),
            (".down.sql", headed(down, ": the way back")),
        ]
    } else {
        vec![(".sql", headed(up, ""))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_version_is_the_time_in_utc() {
        let at = |seconds| timestamp(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), 19_700_101_000_000);
        assert_eq!(at(951_827_696), 20_000_229_123_456);
        assert_eq!(at(1_798_761_599), 20_261_231_235_959);
    }

    #[test]
    fn a_name_is_made_of_the_words() {
        assert_eq!(name("Add users' e-mail!").unwrap(), "add_users_e_mail");
        assert!(name(" -- ").is_err());
    }
}
