use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use cargo_metadata::{Artifact, PackageId, TargetKind};

use super::outcome::Said;
use super::{CONTAINER, LOCAL, packages_of};
use crate::artifacts::artifacts;
use crate::command::{command, data, output, words};
use crate::workspace;

/// The crate that tests get their databases from.
const TESTKIT: &str = "howdah-testkit";

/// A test binary, and those of its tests that touch SQL.
#[derive(Debug, Clone)]
pub(super) struct Suite {
    /// The package's name and the binary's.
    pub(super) name: String,
    program: PathBuf,
    /// The package's, where cargo would run it.
    directory: PathBuf,
    tests: Vec<String>,
    arguments: Vec<String>,
}

/// A package of the workspace.
struct Package {
    name: String,
    directory: PathBuf,
    uses_testkit: bool,
    /// The modules of its integration tests that touch SQL; empty: all of them.
    modules: Vec<String>,
}

impl Package {
    /// `[package.metadata.matrix] modules`, where most of the tests need no server.
    fn touches_sql(&self, test: &str) -> bool {
        let modules = &self.modules;
        modules.is_empty() || modules.iter().any(|module| test.starts_with(module))
    }
}

/// Builds all tests of the workspace, as `cargo test` does, so that neither has to build again for the other, and
/// finds those that touch SQL on a server of any version: the integration tests of the packages that use
/// howdah-testkit, without those for local binaries only, and elsewhere the tests for containers.
pub(super) fn build(
    root: &Path,
    for_cargo: &[String],
    for_tests: &[String],
) -> anyhow::Result<Vec<Suite>> {
    let packages = packages()?;
    let mut suites = Vec::new();
    for artifact in test_binaries(root, for_cargo)? {
        let (Some(program), Some(package)) =
            (&artifact.executable, packages.get(&artifact.package_id))
        else {
            continue;
        };
        let mut suite = Suite {
            name: format!("{} {}", package.name, artifact.target.name),
            program: program.clone().into_std_path_buf(),
            directory: package.directory.clone(),
            tests: Vec::new(),
            arguments: for_tests
                .iter()
                .filter(|arg| *arg != "--exact")
                .cloned()
                .collect(),
        };
        let every = package.uses_testkit && artifact.target.kind.contains(&TargetKind::Test);
        suite.tests = suite.list(for_tests)?;
        suite.tests.retain(|test| {
            if every {
                !test.contains(LOCAL) && package.touches_sql(test)
            } else {
                test.contains(CONTAINER)
            }
        });
        if !suite.tests.is_empty() {
            suites.push(suite);
        }
    }
    Ok(suites)
}

fn packages() -> anyhow::Result<BTreeMap<PackageId, Package>> {
    let metadata = workspace::metadata()?;
    let packages = metadata.packages.iter().map(|package| {
        let directory = package
            .manifest_path
            .parent()
            .context("a manifest in no directory")?;
        let uses_testkit = package.name == TESTKIT
            || package
                .dependencies
                .iter()
                .any(|dependency| dependency.name == TESTKIT);
        let modules = package.metadata.pointer("/matrix/modules").cloned();
        let modules: Option<Vec<String>> = serde_json::from_value(modules.unwrap_or_default())
            .context("[package.metadata.matrix] modules is a list of names")?;
        let found = Package {
            name: package.name.to_string(),
            directory: directory.to_owned().into_std_path_buf(),
            uses_testkit,
            modules: modules.unwrap_or_default(),
        };
        Ok((package.id.clone(), found))
    });
    packages.collect()
}

/// The test binaries of the workspace.
fn test_binaries(root: &Path, for_cargo: &[String]) -> anyhow::Result<Vec<Artifact>> {
    let mut cargo = command("cargo", root);
    cargo
        .args(["test", "--no-run"])
        .args(packages_of(for_cargo));
    cargo
        .arg("--message-format=json-render-diagnostics")
        .args(for_cargo);
    let mut artifacts = artifacts(&mut cargo)?;
    artifacts.retain(|artifact| artifact.profile.test);
    artifacts.sort_by(|a, b| (&a.package_id, &a.target.name).cmp(&(&b.package_id, &b.target.name)));
    Ok(artifacts)
}

impl Suite {
    /// How many tests.
    pub(super) fn len(&self) -> usize {
        self.tests.len()
    }

    /// Leaves the tests of this module out, and says so.
    pub(super) fn without(&mut self, module: &str, why: &str) {
        let before = self.len();
        self.tests.retain(|test| !test.starts_with(module));
        let left_out = before - self.len();
        if left_out > 0 {
            words(&format!(
                "{}: {left_out} tests of {module} {why}",
                self.name
            ));
        }
    }

    /// Runs the tests, shows what they print, and hears their results. `false`: the binary says that something is wrong.
    pub(super) fn run(&self, environment: &[(&str, &str)]) -> anyhow::Result<(Said, bool)> {
        let mut program = self.program();
        program
            .args(&self.arguments)
            .arg("--exact")
            .args(&self.tests);
        program.envs(environment.iter().copied());
        for variable in ["HOWDAH_TEST_SERVER", "HOWDAH_TEST_PG"] {
            program.env_remove(variable);
        }
        let mut child = program
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| self.cannot("start"))?;
        let stdout = child.stdout.take().with_context(|| self.cannot("read"))?;
        let mut said = Said::default();
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.with_context(|| self.cannot("read"))?;
            let line = String::from_utf8_lossy(&line);
            said.hear(&line);
            data(&line);
        }
        Ok((said, child.wait()?.success()))
    }

    /// The names of the tests.
    fn list(&self, for_tests: &[String]) -> anyhow::Result<Vec<String>> {
        let listed = output(
            self.program()
                .args(for_tests)
                .args(["--list", "--format", "terse"]),
        )?;
        let names = listed
            .lines()
            .filter_map(|line| line.strip_suffix(": test"));
        Ok(names.map(str::to_owned).collect())
    }

    /// As cargo would run it: what tests read of its variables at run time is this one.
    fn program(&self) -> std::process::Command {
        let mut program = command(&self.program, &self.directory);
        program.env("CARGO_MANIFEST_DIR", &self.directory);
        program
    }

    fn cannot(&self, what: &str) -> String {
        format!("cannot {what} {}", self.program.display())
    }
}
