use std::io::BufReader;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use cargo_metadata::{Artifact, Message};

use crate::command::{line, words};

/// Runs this command of cargo, which must have `--message-format=json-render-diagnostics`, for what it builds. People
/// see what they always see.
pub(crate) fn artifacts(cargo: &mut Command) -> anyhow::Result<Vec<Artifact>> {
    let line = line(cargo);
    words(&format!("$ {line}"));
    let mut child = cargo
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    let said = child.stdout.take().context("no standard output")?;
    let mut artifacts = Vec::new();
    for message in Message::parse_stream(BufReader::new(said)) {
        if let Message::CompilerArtifact(artifact) = message? {
            artifacts.push(artifact);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(artifacts)
}
