use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Version;
use crate::process::{Program, is_executable, which};

/// Asking a program for its version.
const PATIENCE: Duration = Duration::from_secs(5);
/// The oldest major version that is supported.
pub(crate) const OLDEST: u16 = 13;

/// Where packages put server binaries; `*` stands for one name.
const PLACES: [&str; 7] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
];

/// A directory with `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binaries {
    pub(crate) directory: PathBuf,
    pub(crate) major: u16,
}

impl Binaries {
    /// Everything on this computer, in no special order.
    pub(crate) async fn find(environment: &BTreeMap<String, String>) -> Vec<Self> {
        let mut directories = BTreeSet::new();
        for name in ["postgres", "initdb"] {
            directories.extend(which(name, environment).as_deref().and_then(real_parent));
        }
        directories.extend(pg_config(environment).await);
        directories.extend(PLACES.iter().flat_map(|place| expand(place)));
        let mut asked = tokio::task::JoinSet::new();
        for directory in directories {
            let environment = environment.clone();
            asked.spawn(async move { Self::of(&directory, &environment).await });
        }
        asked.join_all().await.into_iter().flatten().collect()
    }

    /// Those in `directory`, if there are any.
    pub(crate) async fn of(
        directory: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Option<Self> {
        let postgres = directory.join("postgres");
        if !is_executable(&postgres) || !is_executable(&directory.join("initdb")) {
            return None;
        }
        let answer = Program::server(postgres, environment)
            .arg("--version")
            .output(PATIENCE)
            .await
            .ok()?;
        Some(Self {
            directory: directory.to_owned(),
            major: Version::major_in(&answer.stdout)?,
        })
    }
}

/// Distributions put links on the `PATH`; the files beside the link's target are what is looked for.
fn real_parent(path: &Path) -> Option<PathBuf> {
    Some(fs::canonicalize(path).ok()?.parent()?.to_owned())
}

async fn pg_config(environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let program = Program::server(which("pg_config", environment)?, environment).arg("--bindir");
    let output = program.output(PATIENCE).await.ok()?;
    fs::canonicalize(output.stdout.trim()).ok()
}

fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let Some((directory, prefix)) = before.rsplit_once('/') else {
        return Vec::new();
    };
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .filter_map(|entry| fs::canonicalize(entry.path().join(after.trim_start_matches('/'))).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_each_version_that_has_the_directory() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("pg@15/bin")).unwrap();
        fs::create_dir_all(root.join("pg@17/lib")).unwrap();
        fs::create_dir_all(root.join("other/bin")).unwrap();
        let pattern = format!("{}/pg@*/bin", root.display());
        assert_eq!(expand(&pattern), [root.join("pg@15/bin")]);
    }
}
