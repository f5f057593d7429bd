use std::path::Path;
use std::time::{Duration, SystemTime};

use howdah_secrets::{CheckLimits, Existing, Finding, Rules, SecretDir, Severity, check_file};

use crate::support::{directory, file};

const DAY: Duration = Duration::from_hours(24);

fn changed(path: &Path) -> SystemTime {
    path.metadata().unwrap().modified().unwrap()
}

fn check(path: &Path, limits: CheckLimits) -> Vec<Finding> {
    check_file(path, &limits, changed(path))
}

#[test]
fn a_generated_secret_has_no_findings() {
    let root = directory();
    let dir = SecretDir::open(root.path().join("secrets")).unwrap();
    let path = dir.file("a");
    dir.generate(&["a"], Existing::Keep, SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(check(&path, CheckLimits::new(Rules::Production)), []);
}

#[test]
fn weak_secrets_and_broken_files_are_found() {
    let rows = [
        (
            "hunter2",
            0o600,
            Severity::Error,
            "shorter than 24 characters",
        ),
        ("changeme", 0o600, Severity::Error, "placeholder"),
        (
            "hunter2hunter2\n\n",
            0o600,
            Severity::Error,
            "2 trailing newlines",
        ),
        (
            "zzzzzzzzzzzzzzzzzzzzzzzzzz",
            0o600,
            Severity::Error,
            "single repeated",
        ),
        (
            "huhuhuhuhuhuhuhuhuhuhuhuhu",
            0o600,
            Severity::Error,
            "easily guessed",
        ),
        (
            "mVx3kQ9sT1bR7yZp0LwNc5Hd ",
            0o600,
            Severity::Warning,
            "space",
        ),
        (
            "mVx3kQ9sT1bR7yZp0LwNc5Hd",
            0o644,
            Severity::Error,
            "mode 0644",
        ),
    ];
    let dir = directory();
    for (content, mode, severity, expected) in rows {
        let path = file(dir.path(), "pw", content, mode);
        let findings = check(&path, CheckLimits::new(Rules::Production));
        assert_eq!(findings.len(), 1, "{findings:?}");
        let text = findings[0].to_string();
        assert_eq!(findings[0].severity, severity, "{text}");
        assert!(text.contains(expected), "{text}");
        assert_eq!(text.matches(path.to_str().unwrap()).count(), 1, "{text}");
        assert!(!text.contains(content.trim()), "{text}");
    }
    let missing = check_file(
        &dir.path().join("no"),
        &CheckLimits::new(Rules::Production),
        SystemTime::UNIX_EPOCH,
    );
    assert!(missing[0].to_string().contains("not found"), "{missing:?}");
}

#[test]
fn in_development_a_weak_secret_is_a_warning() {
    let dir = directory();
    let path = file(dir.path(), "pw", "devpass", 0o600);
    let findings = check(&path, CheckLimits::new(Rules::Development));
    assert!(
        findings.len() == 2
            && findings
                .iter()
                .all(|found| found.severity == Severity::Warning)
    );
    let limits = CheckLimits::new(Rules::Development).with_min_length(7);
    assert_eq!(check(&path, limits).len(), 1);
}

#[test]
fn an_old_secret_is_found_when_there_is_a_limit() {
    let dir = directory();
    let path = file(dir.path(), "pw", "mVx3kQ9sT1bR7yZp0LwNc5Hd", 0o600);
    let limits = CheckLimits::new(Rules::Production).with_max_age(90 * DAY);
    let at = |days: u32| check_file(&path, &limits, changed(&path) + DAY * days);
    assert_eq!(at(90), []);
    let text = at(120)[0].to_string();
    assert!(
        text.starts_with("warning: ") && text.contains("120 days ago, and 90 are allowed"),
        "{text}"
    );
    assert_eq!(
        check_file(
            &path,
            &CheckLimits::new(Rules::Production),
            changed(&path) + DAY * 999
        ),
        []
    );
}
