use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Names the file to howdah-testkit.
pub(super) const VARIABLE: &str = "HOWDAH_TEST_REPORT";

/// The file in which howdah-testkit writes down each test that did not run, because the server is not what it needs.
#[derive(Debug)]
pub(super) struct Report {
    path: PathBuf,
}

/// A test that did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotRun {
    pub(super) test: String,
    pub(super) needs: String,
    /// What the server is.
    pub(super) major: String,
}

impl Report {
    /// An empty one.
    pub(super) fn begin(target: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(target).with_context(|| format!("cannot make {}", target.display()))?;
        // Two runs at once in one workspace do not read each other's.
        let path = target.join(format!("not-run-{}.tsv", std::process::id()));
        let this = Self { path };
        this.take()?;
        Ok(this)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it; it is empty then.
    pub(super) fn take(&self) -> anyhow::Result<Vec<NotRun>> {
        let context = || format!("cannot read {}", self.path.display());
        match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            text => {
                let tests = parse(&text.with_context(context)?);
                fs::remove_file(&self.path).with_context(context)?;
                Ok(tests)
            }
        }
    }
}

/// One line each, sorted: the order of parallel tests says nothing.
fn parse(text: &str) -> Vec<NotRun> {
    let mut tests: Vec<NotRun> = text
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t').map(str::to_owned);
            Some(NotRun {
                test: fields.next()?,
                needs: fields.next()?,
                major: fields.next()?,
            })
        })
        .collect();
    tests.sort_unstable_by(|a, b| a.test.cmp(&b.test));
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_test_what_it_needs_and_the_server() {
        let tests = parse("it::b\tPostgreSQL 16 or newer\t13\nit::a\tPostgreSQL 15 or older\t17\n");
        assert_eq!(tests.len(), 2);
        let first = tests.first().unwrap();
        assert_eq!(first.test, "it::a");
        assert_eq!(first.needs, "PostgreSQL 15 or older");
        assert_eq!(first.major, "17");
    }

    #[test]
    fn what_was_taken_is_not_there_again() {
        let directory = std::env::temp_dir();
        let report = Report::begin(&directory).unwrap();
        fs::write(report.path(), "it::a\tPostgreSQL 16 or newer\t13\n").unwrap();
        assert_eq!(report.take().unwrap().len(), 1);
        assert_eq!(report.take().unwrap(), []);
    }
}
