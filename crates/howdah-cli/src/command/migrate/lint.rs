use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use howdah_migrate::{Finding, LintOptions, Severity, lint_text};
use serde_json::{Value, json};

use super::place::{Place, version};
use crate::args::LintArgs;
use crate::error::is_missing;
use crate::{Error, Exit, Output};

/// Where `cargo sqlx prepare` writes.
const QUERIES: &str = ".sqlx";

const READING: &str = "reading the migrations";

/// What was looked at, and what was found.
#[derive(Default)]
struct Linted {
    files: usize,
    findings: Vec<Finding>,
}

pub(super) fn run(place: &Place, args: &LintArgs, output: &mut Output) -> Result<Exit, Error> {
    if cfg!(not(feature = "lint")) {
        output.note("this build is without the feature `lint`: squawk's rules are not in it");
    }
    let options = options(args)?;
    let linted = if args.files.is_empty() {
        all(place, &options)?
    } else {
        named(place, &args.files, &options)?
    };
    let errors = linted.count(Severity::Error);
    let warnings = linted.count(Severity::Warning);
    let findings: Vec<Value> = linted.findings.iter().map(json).collect();
    let value = json!({
        "files": linted.files,
        "errors": errors,
        "warnings": warnings,
        "findings": findings,
    });
    output
        .result(&linted, &value)
        .map_err(Error::step("printing the result"))?;
    output.note(format_args!(
        "{errors} error(s) and {warnings} warning(s) in {} file(s)",
        linted.files
    ));
    let is_denied = errors > 0 || args.deny_warnings && warnings > 0;
    Ok(if is_denied { Exit::No } else { Exit::Ok })
}

fn options(args: &LintArgs) -> Result<LintOptions, Error> {
    let mut options = LintOptions::default();
    options.include = args.include.iter().copied().collect();
    options.exclude = args.exclude.iter().copied().collect();
    options.after = args.after.map(version).transpose()?;
    options.pg_version = args.pg_version;
    let usual = || Some(PathBuf::from(QUERIES)).filter(|path| path.is_dir());
    options.sqlx_queries = args.sqlx.clone().or_else(usual);
    Ok(options)
}

fn all(place: &Place, options: &LintOptions) -> Result<Linted, Error> {
    let linted = place.files.lint(options).map_err(Error::step(READING))?;
    Ok(Linted {
        files: linted.files,
        findings: linted.findings,
    })
}

/// A migration is looked at among the others, because some rules ask what was there before it.
fn named(place: &Place, files: &[PathBuf], options: &LintOptions) -> Result<Linted, Error> {
    let directory = place.files.directory.canonicalize().ok();
    let mut linted = Linted::default();
    let mut inside = BTreeSet::new();
    for file in files {
        let path = file.canonicalize().map_err(unusable(file))?;
        if path.is_dir() {
            let path = file.display();
            return Err(Error::Usage(format!(
                "{path} is a directory; `--path {path}` lints what is in it"
            )));
        }
        match path.file_name() {
            Some(name) if path.parent() == directory.as_deref() => {
                inside.insert(name.to_owned());
            }
            _ => linted.findings.extend(alone(file, options)?),
        }
    }
    linted.files = files.len();
    if !inside.is_empty() {
        let linted_all = place.files.lint(options).map_err(Error::step(READING))?;
        let mut findings = linted_all.findings;
        findings.retain(|finding| is_wanted(Path::new(&finding.file), place, &inside));
        linted.findings.extend(findings);
    }
    Ok(linted)
}

/// What is wrong with the queries concerns every migration.
fn is_wanted(path: &Path, place: &Place, names: &BTreeSet<OsString>) -> bool {
    let is_migration = path.parent() == Some(place.files.directory.as_path());
    !is_migration || path.file_name().is_some_and(|name| names.contains(name))
}

/// A name without a file is a slip of whoever typed it.
fn unusable(file: &Path) -> impl FnOnce(io::Error) -> Error {
    move |error| {
        if is_missing(&error) {
            return Error::Usage(format!("there is no file {}: {error}", file.display()));
        }
        Error::file(file)(error)
    }
}

fn alone(file: &Path, options: &LintOptions) -> Result<Vec<Finding>, Error> {
    let text = fs::read_to_string(file).map_err(Error::file(file))?;
    Ok(lint_text(&file.display().to_string(), &text, options))
}

fn json(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule.as_str(),
        "severity": finding.severity.to_string(),
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "help": finding.help,
    })
}

impl Linted {
    fn count(&self, severity: Severity) -> usize {
        let found = self.findings.iter();
        found.filter(|one| one.severity == severity).count()
    }
}

impl fmt::Display for Linted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings
            .iter()
            .try_for_each(|finding| writeln!(f, "{finding:#}\n"))
    }
}
