use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use cargo_metadata::{Artifact, TargetKind};

use crate::artifacts::artifacts;
use crate::command::command;
use crate::workspace;

/// What both are measured with.
pub(super) const TESTS: usize = 100;
pub(super) const MIGRATIONS: usize = 50;
pub(super) const TABLES: usize = 100;

/// A package of its own, because howdah-testkit does without the features of sqlx that `#[sqlx::test]` needs.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) root: PathBuf,
    /// Tests with `#[howdah_testkit::test]`.
    pub(super) ours: PathBuf,
    /// The same with `#[sqlx::test]`.
    pub(super) theirs: PathBuf,
    /// Holds a server.
    pub(super) hold: PathBuf,
}

impl Scratch {
    /// Writes the package, with the versions of this workspace, and builds it as a release.
    pub(super) fn build() -> anyhow::Result<Self> {
        let workspace = workspace::root()?;
        let target = workspace::metadata()?.target_directory.into_std_path_buf();
        let root = target.join("bench-testkit");
        write(&workspace, &root).with_context(|| format!("cannot write {}", root.display()))?;
        let mut cargo = command("cargo", &root);
        cargo.args([
            "test",
            "--release",
            "--no-run",
            "--message-format=json-render-diagnostics",
        ]);
        // Not where a variable says: it is this workspace's, and its binaries are others.
        cargo
            .arg("--target-dir")
            .arg(root.join("target"))
            .env_remove("CARGO_MANIFEST_DIR");
        let built = artifacts(&mut cargo)?;
        // A program is there twice: as it is, and with its own unit tests.
        let is_it = |artifact: &Artifact, name: &str| {
            artifact.target.name == name
                && artifact.profile.test == artifact.target.kind.contains(&TargetKind::Test)
        };
        let program = |name: &str| {
            let mut found = built.iter().filter(|artifact| is_it(artifact, name));
            found
                .find_map(|artifact| artifact.executable.clone())
                .map(PathBuf::from)
                .with_context(|| format!("cargo has built no {name}"))
        };
        Ok(Self {
            ours: program("ours")?,
            theirs: program("theirs")?,
            hold: program("hold")?,
            root,
        })
    }

    /// In place of cargo's target directory, below which howdah-testkit keeps a data directory.
    pub(super) fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }
}

fn write(workspace: &Path, root: &Path) -> anyhow::Result<()> {
    for directory in ["src/bin", "tests", "migrations"] {
        fs::create_dir_all(root.join(directory))?;
    }
    write_new(&root.join("Cargo.toml"), &manifest(workspace))?;
    let versions = fs::read_to_string(workspace.join("Cargo.lock"))?;
    if write_new(&root.join("workspace.lock"), &versions)? {
        // Cargo adds this package and what only sqlx's macros need, and keeps the rest.
        fs::write(root.join("Cargo.lock"), versions)?;
    }
    write_new(
        &root.join("src/lib.rs"),
        include_str!("../../../data/bench-testkit/lib.rs"),
    )?;
    write_new(
        &root.join("src/bin/hold.rs"),
        include_str!("../../../data/bench-testkit/hold.rs"),
    )?;
    write_new(
        &root.join("tests/ours.rs"),
        &test_file("howdah_testkit::test"),
    )?;
    write_new(&root.join("tests/theirs.rs"), &test_file("sqlx::test"))?;
    for number in 0..MIGRATIONS {
        let name = format!("{:04}_tables.sql", number + 1);
        write_new(&root.join("migrations").join(name), &migration(number))?;
    }
    Ok(())
}

/// Cargo builds again what was written again. `true`: it was not there like this.
fn write_new(path: &Path, text: &str) -> std::io::Result<bool> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(false);
    }
    fs::write(path, text)?;
    Ok(true)
}

fn manifest(workspace: &Path) -> String {
    format!(
        r#"[package]
name = "bench-testkit"
edition = "2024"
publish = false

[workspace]

[dependencies]
howdah-testkit = {{ path = '{}' }}
sqlx = {{ version = "=0.9.0", default-features = false, features = ["macros", "migrate", "postgres", "runtime-tokio"] }}
tokio = {{ version = "1", features = ["macros", "rt"] }}
"#,
        workspace.join("crates/howdah-testkit").display()
    )
}

/// A test as its author writes it, and beside it one that takes its time, which is the one that is run.
fn test_file(attribute: &str) -> String {
    let mut source = String::new();
    for number in 0..TESTS {
        // Writing to a string cannot fail.
        let _ = writeln!(
            source,
            "#[{attribute}]\nasync fn t{number}(pool: sqlx::PgPool) {{\n    bench_testkit::body(pool).await;\n}}\n\n\
             #[test]\nfn timed_{number}() {{\n    bench_testkit::timed(t{number});\n}}\n"
        );
    }
    source
}

fn migration(number: usize) -> String {
    let each = TABLES / MIGRATIONS;
    let tables = (number * each..(number + 1) * each).map(|table| {
        format!(
            "create table t{table} (\n    id bigint generated always as identity primary key,\n    \
             name text not null,\n    created_at timestamptz not null default now()\n);\n\
             create index t{table}_name on t{table} (name);\n"
        )
    });
    tables.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_make_every_table_once() {
        let all: String = (0..MIGRATIONS).map(migration).collect();
        assert_eq!(all.matches("create table ").count(), TABLES);
        assert_eq!(all.matches("create index ").count(), TABLES);
        assert!(all.contains("create table t0 (") && all.contains("create table t99 ("));
    }

    #[test]
    fn both_run_the_same_tests() {
        let ours = test_file("howdah_testkit::test");
        assert_eq!(ours.matches("fn timed_").count(), TESTS);
        assert_eq!(
            ours.replace("howdah_testkit", "sqlx"),
            test_file("sqlx::test")
        );
    }
}
