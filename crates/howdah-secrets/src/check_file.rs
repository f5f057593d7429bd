use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::{Error, Finding, Rules, Severity, read_file, strength};

/// What a secret file is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckLimits {
    /// How strict the rules for the file are; a weak secret is an error in production and a warning elsewhere.
    pub rules: Rules,
    /// How long ago the file may have been changed. No limit unless it is set.
    pub max_age: Option<Duration>,
    /// How many characters there must be; 24 unless it is set.
    pub min_length: usize,
}

impl CheckLimits {
    /// At least 24 characters, of any age.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            max_age: None,
            min_length: 24,
        }
    }

    /// With this age as the limit.
    #[must_use]
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// With this number of characters as the limit.
    #[must_use]
    pub fn with_min_length(mut self, min_length: usize) -> Self {
        self.min_length = min_length;
        self
    }
}

/// Checks a secret file: the rules for secret files, how easily the secret is guessed, and how old it is.
///
/// A secret is weak when it is short, a placeholder or a single repeated character, or when its estimated entropy is
/// below 64 bits: the number of characters, times the bits per character that follow from how often each one occurs in
/// it. That tells `abcabcabcabcabcabcabcabc` from a random text, and knows no dictionary.
pub fn check_file(path: &Path, limits: &CheckLimits, now: SystemTime) -> Vec<Finding> {
    let (secret, warnings) = match read_file(path, limits.rules) {
        Ok(read) => read,
        Err(error) => return vec![Finding::new(path, Severity::Error, reason(error))],
    };
    let warning = |message: String| Finding::new(path, Severity::Warning, message);
    let weak = if limits.rules == Rules::Production {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut findings: Vec<Finding> = warnings
        .iter()
        .map(|text| warning(without_name(path, text)))
        .collect();
    findings.extend(
        strength::weaknesses(secret.expose(), limits.min_length)
            .map(|message| Finding::new(path, weak, message)),
    );
    findings.extend(too_old(path, limits.max_age, now).map(warning));
    findings
}

/// The message without the name of the file, which the finding says already.
fn reason(error: Error) -> String {
    match error {
        Error::File { source, .. } => source.to_string(),
        Error::Unsafe { why, .. } => why,
        Error::Content { why, .. } => format!("the secret {why}"),
        other => other.in_full(),
    }
}

fn without_name(path: &Path, warning: &str) -> String {
    let name = path.display().to_string();
    warning
        .replacen(&format!("the secret file {name}: "), "", 1)
        .replacen(
            &format!("the secret from the file {name} "),
            "the secret ",
            1,
        )
}

fn too_old(path: &Path, max_age: Option<Duration>, now: SystemTime) -> Option<String> {
    let changed = path.metadata().and_then(|found| found.modified()).ok()?;
    // A file from the future has no age.
    let age = now.duration_since(changed).ok()?;
    let limit = max_age.filter(|limit| age > *limit)?;
    let days = |duration: Duration| duration.as_secs() / 86_400;
    Some(format!(
        "the secret was last changed {} days ago, and {} are allowed; rotate it",
        days(age),
        days(limit)
    ))
}
