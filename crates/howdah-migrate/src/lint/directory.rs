use std::fs;
use std::path::Path;

use super::rule_name::RuleName;
use super::severity::Severity;
use super::{Finding, LintOptions, sorted};
use crate::check::{self, MISPLACED_MARK};
use crate::place::Place;
use crate::{Error, Migrations, Problem, ReadOptions};

/// What [`Migrations::lint_directory`] looked at, and found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Linted {
    /// How many files there are, those too that cannot be read.
    pub files: usize,
    /// By file and place.
    pub findings: Vec<Finding>,
}

impl Migrations {
    /// Reads a directory and lints it as [`Migrations::lint`] does. What [`Migrations::read_with`] would refuse is a
    /// finding among the others, `unsound-file` or `misplaced-no-transaction`, and hides none of them.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn lint_directory(
        dir: impl AsRef<Path>,
        read: &ReadOptions,
        options: &LintOptions,
    ) -> Result<Linted, Error> {
        let (migrations, mut problems) = Self::read_parts(dir.as_ref(), read)?;
        let all = migrations.iter().chain(migrations.iter_back());
        problems.extend(all.flat_map(check::form));
        let mut findings = migrations.lint(options);
        findings.retain(|finding| !is_made_by(finding, &problems));
        let unsound = problems.iter().map(unsound);
        findings.extend(unsound.filter(|one| options.rules().any(|rule| rule == one.rule)));
        let mut files: Vec<&str> = migrations.files().collect();
        files.extend(problems.iter().map(|problem| problem.place.as_str()));
        files.sort_unstable();
        files.dedup();
        Ok(Linted {
            files: files.len(),
            findings: sorted(findings),
        })
    }
}

/// A way back that cannot be read is there, and an empty file has no statement.
fn is_made_by(finding: &Finding, problems: &[Problem]) -> bool {
    if finding.rule.as_str() == "no-statement" {
        return problems.iter().any(|problem| problem.place == finding.file);
    }
    let back = finding
        .file
        .strip_suffix(".up.sql")
        .map(|stem| format!("{stem}.down.sql"))
        .filter(|_| finding.rule.as_str() == "missing-down");
    back.is_some_and(|back| problems.iter().any(|problem| problem.place == back))
}

fn unsound(problem: &Problem) -> Finding {
    let rule = if problem.message == MISPLACED_MARK {
        "misplaced-no-transaction"
    } else {
        "unsound-file"
    };
    let text = problem.line.and_then(|line| {
        let bytes = fs::read(&problem.place).ok()?;
        Some(Place::line(&String::from_utf8_lossy(&bytes), line).to_owned())
    });
    Finding {
        rule: RuleName::known(rule),
        severity: Severity::Error,
        file: problem.place.clone(),
        line: problem.line.unwrap_or(1),
        column: problem.column.unwrap_or(1),
        text: text.unwrap_or_default(),
        message: problem.message.clone(),
        help: None,
    }
}
