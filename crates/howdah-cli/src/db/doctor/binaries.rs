use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::program::{ask, is_executable, which};
use super::site::Site;
use super::support::Support;

const CHECK: &str = "binaries";
/// The directory above the versions, and what stands between a version and its programs.
const PLACES: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
];

/// The server binaries of this computer.
pub(crate) struct Binaries {
    pub(crate) findings: Vec<Finding>,
    pub(crate) found: BTreeMap<PathBuf, u16>,
}

pub(crate) async fn check(site: &Site) -> Binaries {
    let found = find(&site.environment).await;
    let account = account(
        rustix::process::geteuid().is_root(),
        &fs::read_to_string("/etc/passwd").unwrap_or_default(),
    );
    Binaries {
        findings: findings(&found, account),
        found,
    }
}

async fn find(environment: &BTreeMap<String, String>) -> BTreeMap<PathBuf, u16> {
    let mut directories: BTreeSet<PathBuf> = PLACES
        .iter()
        .flat_map(|(above, below)| versions(Path::new(above), below))
        .collect();
    directories.insert(PathBuf::from("/usr/local/pgsql/bin"));
    directories.extend(
        which("postgres", environment)
            .and_then(|program| fs::canonicalize(program).ok()?.parent().map(Path::to_owned)),
    );
    let mut found = BTreeMap::new();
    for directory in directories {
        let postgres = directory.join("postgres");
        if !is_executable(&postgres) || !is_executable(&directory.join("initdb")) {
            continue;
        }
        let answer = ask(&postgres, &["--version"], environment).await;
        if let Some(major) = answer.ok().as_deref().and_then(major) {
            found.insert(directory, major);
        }
    }
    found
}

fn versions(above: &Path, below: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(above).into_iter().flatten();
    entries
        .filter_map(|entry| fs::canonicalize(entry.ok()?.path().join(below)).ok())
        .collect()
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian …)`.
pub(crate) fn major(answer: &str) -> Option<u16> {
    let (_, rest) = answer.split_once("(PostgreSQL)")?;
    let digits = rest
        .trim_start()
        .split(|c: char| !c.is_ascii_digit())
        .next()?;
    digits.parse().ok()
}

/// Whom a server runs as; the outer `None`: nobody, because it refuses to run as root.
fn account(is_root: bool, passwd: &str) -> Option<&'static str> {
    if !is_root {
        return Some("you");
    }
    let is_there = |name: &&str| {
        passwd
            .lines()
            .any(|line| line.split(':').next() == Some(name))
    };
    ["postgres", "nobody"].into_iter().find(is_there)
}

fn findings(found: &BTreeMap<PathBuf, u16>, account: Option<&str>) -> Vec<Finding> {
    if found.is_empty() {
        return vec![Finding::ok(
            CHECK,
            "there are no server binaries; db-up uses containers",
        )];
    }
    let Some(account) = account else {
        return vec![
            Finding::warning(
                CHECK,
                "a server does not run as root, and there is no user postgres or nobody",
            )
            .mend("useradd --system postgres"),
        ];
    };
    found
        .iter()
        .map(|(directory, major)| {
            let detail = format!("{major} in {}, would run as {account}", directory.display());
            match Support::of(*major) {
                Support::Refused => {
                    Finding::warning(CHECK, format!("{detail}; not used, it is too old"))
                }
                _ => Finding::ok(CHECK, detail),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    const DEBIAN: &str = "root:x:0:0::/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n";

    #[test]
    fn root_needs_another_user() {
        assert_eq!(account(false, ""), Some("you"));
        assert_eq!(account(true, DEBIAN), Some("nobody"));
        assert_eq!(
            account(true, &format!("{DEBIAN}postgres:x:1:1::/:/bin/sh\n")),
            Some("postgres")
        );
        let found = BTreeMap::from([(PathBuf::from("/p"), 15)]);
        let findings = findings(&found, account(true, "root:x:0:0::/:/bin/sh\n"));
        assert_eq!(findings[0].state, State::Warning);
        assert!(findings[0].to_string().contains("useradd"));
    }

    #[test]
    fn binaries_that_are_too_old_are_named_and_not_used() {
        let found = BTreeMap::from([(PathBuf::from("/a"), 11), (PathBuf::from("/b"), 15)]);
        let states: Vec<State> = findings(&found, Some("you"))
            .iter()
            .map(|f| f.state)
            .collect();
        assert_eq!(states, [State::Warning, State::Ok]);
        assert_eq!(
            major("postgres (PostgreSQL) 15.18 (Debian 15.18-0)\n"),
            Some(15)
        );
    }
}
