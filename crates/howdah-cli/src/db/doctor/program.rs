use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// Below that of a check, so that a program which hangs is named.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What a program answered: its output, or why there is none.
pub(crate) type Answer = Result<String, String>;

/// Asks a program, which has not long to answer.
pub(crate) async fn ask(
    program: &Path,
    args: &[&str],
    environment: &BTreeMap<String, String>,
) -> Answer {
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .map_err(|_elapsed| format!("no answer within {PATIENCE:.1?}"))?
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let first = words.lines().find(|line| !line.trim().is_empty());
    Err(first.unwrap_or("it fails without a word").to_owned())
}

/// The program of this name on the `PATH`.
pub(crate) fn which(name: &str, environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let path = environment.get("PATH")?;
    std::env::split_paths(path)
        .map(|directory| directory.join(name))
        .find(|program| is_executable(program))
}

pub(crate) fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
