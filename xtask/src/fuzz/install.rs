use std::path::{Path, PathBuf};

use crate::command::{command, output, run};

/// Pinned: what it finds should depend on the targets alone.
const VERSION: &str = "0.13.2";

/// The program, installed below `tools` unless this version is there already.
pub(super) fn cargo_fuzz(root: &Path, tools: &Path) -> anyhow::Result<PathBuf> {
    let program = tools.join("bin").join("cargo-fuzz");
    let found = output(command(&program, root).arg("--version"));
    if found.is_ok_and(|line| line.trim().ends_with(VERSION)) {
        return Ok(program);
    }
    let mut cargo = command("cargo", root);
    cargo.args(["install", "--locked", "--version", VERSION, "--root"]);
    cargo
        .arg(tools)
        .arg("--target-dir")
        .arg(tools.join("build"));
    run(cargo.arg("cargo-fuzz"))?;
    Ok(program)
}
