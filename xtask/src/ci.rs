use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::command::{command, output, run, words};
use crate::test::{self, TestArgs};
use crate::{tidy, workspace};

/// Everything that must hold before a change lands, in the order in which it fails fastest.
pub(crate) fn ci() -> anyhow::Result<()> {
    let root = workspace::root()?;
    let start = Instant::now();
    run(cargo(&root).args(["fmt", "--all", "--check"]))?;
    tidy::tidy()?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    run(cargo(&root).args(clippy))?;
    let doc = ["doc", "--workspace", "--no-deps", "--locked"];
    run(cargo(&root).args(doc).env("RUSTDOCFLAGS", "-D warnings"))?;
    each_crate_alone(&root)?;
    fuzz_targets(&root)?;
    deny(&root)?;
    test::test(&TestArgs::for_ci())?;
    test::test(&TestArgs::matrix_for_ci())?;
    one_process_for_each_test(&root)?;
    without_tls(&root)?;
    with_features(&root)?;
    words(&format!(
        "ci: all passed after {} s",
        start.elapsed().as_secs()
    ));
    Ok(())
}

/// A service links single crates: each must compile with its own features only, without those of its neighbours.
fn each_crate_alone(root: &Path) -> anyhow::Result<()> {
    let metadata = workspace::metadata()?;
    for package in metadata.workspace_packages() {
        let is_library = package.name.starts_with("howdah-") && package.publish.is_none();
        if is_library && package.name != "howdah-testkit" {
            let check = [
                "check",
                "--quiet",
                "--locked",
                "--package",
                package.name.as_str(),
            ];
            run(cargo(root).args(check))?;
        }
    }
    Ok(())
}

/// What a build without TLS says can only be seen in one.
fn without_tls(root: &Path) -> anyhow::Result<()> {
    let test = [
        "test",
        "--locked",
        "--package",
        "howdah-cli",
        "--no-default-features",
    ];
    run(cargo(root).args(test).args(["--test", "it", "no_tls"]))
}

/// What howdah-migrate has only with a feature, because of its weight.
fn with_features(root: &Path) -> anyhow::Result<()> {
    let features = [
        "--locked",
        "--package",
        "howdah-migrate",
        "--features",
        "lint,config",
    ];
    run(cargo(root)
        .arg("clippy")
        .args(features)
        .args(["--all-targets", "--", "-D", "warnings"]))?;
    run(cargo(root).arg("test").args(features).args([
        "--lib",
        "--test",
        "it",
        "--",
        "lint::",
        "startup::",
    ]))
}

/// Nextest runs each test in a process of its own: they share one server, and find each other's templates.
fn one_process_for_each_test(root: &Path) -> anyhow::Result<()> {
    if output(cargo(root).args(["nextest", "--version"])).is_err() {
        words(
            "not run: cargo nextest, which is not installed; `cargo install cargo-nextest` gets it",
        );
        return Ok(());
    }
    let nextest = [
        "nextest",
        "run",
        "--locked",
        "--package",
        "howdah-testkit",
        "--test",
        "it",
        "attribute::",
    ];
    run(cargo(root).args(nextest))
}

/// The fuzz targets are a workspace of their own: without this, a change of what they call would break them unseen.
/// libFuzzer wants a C++ compiler.
fn fuzz_targets(root: &Path) -> anyhow::Result<()> {
    let target = workspace::metadata()?.target_directory.join("fuzz-check");
    let check = [
        "check",
        "--quiet",
        "--locked",
        "--manifest-path",
        "fuzz/Cargo.toml",
    ];
    run(cargo(root)
        .args(check)
        .arg("--target-dir")
        .arg(target)
        .env("RUSTFLAGS", "--cfg fuzzing"))
}

/// Licences, advisories and sources, where the tool is installed; tidy enforces the layering without it.
fn deny(root: &Path) -> anyhow::Result<()> {
    if output(cargo(root).args(["deny", "--version"])).is_err() {
        words("not run: cargo deny, which is not installed; `cargo install cargo-deny` gets it");
        return Ok(());
    }
    run(cargo(root).args(["deny", "check", "bans", "licenses", "sources"]))
}

fn cargo(root: &Path) -> Command {
    command("cargo", root)
}
