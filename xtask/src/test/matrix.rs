use std::path::Path;
use std::time::Instant;

use anyhow::bail;

use super::image;
use super::not_run::{self, Report};
use super::outcome::Outcome;
use super::suite::{self, Suite};
use crate::command::words;
use crate::workspace;

/// Thousands of tests in one.
const LEAKS: &str = "leaks::";

/// Runs the tests that touch SQL on each of these versions, in containers. A failure on one does not stop the others.
pub(super) fn run(
    versions: &[u16],
    for_cargo: &[String],
    for_tests: &[String],
) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let target = workspace::metadata()?.target_directory.join("xtask-test");
    let suites = suite::build(&root, for_cargo, for_tests)?;
    let report = Report::begin(target.as_std_path())?;
    let mut lines = Vec::new();
    let mut bad = Vec::new();
    for major in versions {
        let start = Instant::now();
        let suites = for_version(&suites, *major, versions);
        let (name, outcome) = match on(*major, &root, &suites, &report) {
            Ok((image, outcome)) => (format!("PostgreSQL {major} ({image})"), outcome),
            Err(error) => {
                let mut outcome = Outcome::default();
                outcome
                    .failed
                    .push(format!("all, because of this: {error:#}"));
                (format!("PostgreSQL {major}"), outcome)
            }
        };
        if !outcome.failed.is_empty() {
            bad.push(major.to_string());
        }
        lines.extend(outcome.lines(&name, start.elapsed().as_secs()));
    }
    for line in &lines {
        words(line);
    }
    if !bad.is_empty() {
        bail!("tests failed on PostgreSQL {}", bad.join(", "));
    }
    Ok(())
}

/// That a thousand tests leave nothing behind is proved by the kit's own bookkeeping, which asks no version: the newest
/// is enough for it.
fn for_version(suites: &[Suite], major: u16, versions: &[u16]) -> Vec<Suite> {
    let mut suites = suites.to_vec();
    if let Some(newest) = versions.iter().max().filter(|newest| **newest != major) {
        let why = format!("are left to PostgreSQL {newest}");
        for suite in &mut suites {
            suite.without(LEAKS, &why);
        }
    }
    suites
}

fn on(
    major: u16,
    root: &Path,
    suites: &[Suite],
    report: &Report,
) -> anyhow::Result<(String, Outcome)> {
    let image = image::find(root, major)?;
    let path = report.path().to_string_lossy();
    let environment = [
        ("HOWDAH_TEST_BACKEND", "container"),
        ("HOWDAH_TEST_IMAGE", image.as_str()),
        (not_run::VARIABLE, &*path),
    ];
    let mut outcome = Outcome::default();
    for suite in suites {
        words(&format!(
            "PostgreSQL {major}: {}, {} tests",
            suite.name,
            suite.len()
        ));
        let (said, good) = suite.run(&environment)?;
        outcome.add(&suite.name, &said, report.take()?, good);
    }
    Ok((image, outcome))
}
