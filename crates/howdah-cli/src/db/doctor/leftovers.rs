use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::finding::Finding;
use super::site::Site;

const CHECK: &str = "leftovers";
/// No draft is written for longer.
const A_WHILE: Duration = Duration::from_mins(2);
/// No test runs longer.
const LONG_AGO: Duration = Duration::from_hours(24);

/// What runs that were killed have left.
pub(crate) fn check(site: &Site) -> Vec<Finding> {
    let mut findings = Vec::new();
    let drafts = drafts(&site.project.state(), site.now);
    if !drafts.is_empty() {
        let shown: Vec<String> = drafts.iter().map(|draft| site.shown(draft)).collect();
        findings.push(
            Finding::warning(
                CHECK,
                format!("an interrupted run left {}", shown.join(", ")),
            )
            .mend(format!("rm -r {}", shown.join(" "))),
        );
    }
    let temporary = site
        .environment
        .get("TMPDIR")
        .map_or("/tmp", String::as_str);
    let old = old_test_directories(Path::new(temporary), site.now);
    if !old.is_empty() {
        let shown: Vec<String> = old.iter().map(|path| path.display().to_string()).collect();
        findings.push(
            Finding::warning(
                CHECK,
                format!("{} directories of tests are a day old", old.len()),
            )
            .mend(format!("rm -r {}", shown.join(" "))),
        );
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "none"));
    }
    findings
}

/// What is complete is renamed at once: an old draft has lost its writer.
fn drafts(state: &Path, now: SystemTime) -> Vec<PathBuf> {
    let mut found = in_directory(state, |name| {
        let is_draft = Path::new(name).extension().is_some_and(|end| end == "new");
        is_draft || name.starts_with("data.new-")
    });
    found.retain(|draft| is_older(draft, now, A_WHILE));
    found
}

fn old_test_directories(temporary: &Path, now: SystemTime) -> Vec<PathBuf> {
    let mut found = in_directory(temporary, |name| name.starts_with("howdah-test-"));
    found.retain(|path| is_older(path, now, LONG_AGO));
    found
}

fn is_older(path: &Path, now: SystemTime, age: Duration) -> bool {
    let changed = path.metadata().and_then(|found| found.modified());
    changed
        .ok()
        .and_then(|changed| now.duration_since(changed).ok())
        .is_some_and(|found| found > age)
}

fn in_directory(directory: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(&wanted)
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_tests_are_left_over_after_a_day() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("howdah-test-abc")).unwrap();
        fs::create_dir(root.path().join("other")).unwrap();
        let made = root
            .path()
            .join("howdah-test-abc")
            .metadata()
            .unwrap()
            .modified()
            .unwrap();
        assert!(old_test_directories(root.path(), made + LONG_AGO).is_empty());
        let later = made + LONG_AGO + Duration::from_secs(1);
        assert_eq!(
            old_test_directories(root.path(), later),
            [root.path().join("howdah-test-abc")]
        );
    }
}
