mod files;

use std::fmt;
use std::path::{Path, PathBuf};

#[cfg(feature = "certificates")]
use howdah_secrets::check_certificate;
use howdah_secrets::{CheckLimits, Finding, Severity, check_file};
use serde_json::{Value, json};

use crate::args::{CheckArgs, Common};
use crate::settings::{self, Sources};
use crate::{Error, Exit, Output, clock};

/// `howdah secrets check`
pub(super) fn check(args: &CheckArgs, common: &Common, output: &mut Output) -> Result<Exit, Error> {
    let sources = Sources {
        file: common.config.clone(),
        ..Sources::default()
    };
    let loaded = settings::load(Path::new("."), sources, output)?;
    let limits = CheckLimits::new(loaded.secret_rules()).with_min_length(args.min_length);
    let limits = args
        .max_age
        .map_or(limits, |max_age| limits.with_max_age(max_age));
    let files = if args.paths.is_empty() {
        files::all(args, common, &loaded, output)?
    } else {
        args.paths.clone()
    };
    let checked = Checked::new(files, args, &limits);
    let text = if checked.files.is_empty() {
        nothing(&files::directory(args, common))
    } else {
        checked.to_string()
    };
    output
        .result(text, &checked.json())
        .map_err(Error::step("printing the result"))?;
    Ok(checked.exit())
}

/// An `ok` would hide that the files are elsewhere.
fn nothing(directory: &Path) -> String {
    let what = if directory.is_dir() {
        "no file is in"
    } else {
        "there is no directory"
    };
    format!(
        "nothing to check: the settings name no file that is there, and {what} {}\n",
        directory.display()
    )
}

struct Checked {
    files: Vec<PathBuf>,
    findings: Vec<Finding>,
}

impl Checked {
    fn new(files: Vec<PathBuf>, args: &CheckArgs, limits: &CheckLimits) -> Self {
        let mut findings: Vec<Finding> = Vec::new();
        for found in files.iter().flat_map(|file| check_one(file, args, limits)) {
            // A certificate's check looks at its key too.
            if !findings.contains(&found) {
                findings.push(found);
            }
        }
        Self { files, findings }
    }

    fn exit(&self) -> Exit {
        match self.findings.iter().map(|finding| finding.severity).max() {
            Some(Severity::Error) => Exit::No,
            Some(Severity::Warning) => Exit::Pending,
            None => Exit::Ok,
        }
    }

    fn json(&self) -> Value {
        let finding = |finding: &Finding| {
            json!({
                "path": finding.path,
                "severity": finding.severity.to_string(),
                "message": finding.message,
            })
        };
        json!({
            "ok": self.findings.is_empty(),
            "checked": self.files,
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.findings.is_empty() {
            return writeln!(f, "ok: {} file(s)", self.files.len());
        }
        self.findings
            .iter()
            .try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

#[cfg(feature = "certificates")]
fn check_one(file: &Path, args: &CheckArgs, limits: &CheckLimits) -> Vec<Finding> {
    match files::certificate_of(file) {
        Some(certificate) => check_certificate(&certificate, clock::now(), args.warn_before),
        None => check_file(file, limits, clock::now()),
    }
}

#[cfg(not(feature = "certificates"))]
fn check_one(file: &Path, _args: &CheckArgs, limits: &CheckLimits) -> Vec<Finding> {
    check_file(file, limits, clock::now())
}
