use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::FOLDER;
use crate::command::{command, line, run};

/// Longer inputs are slower and find nothing that shorter ones do not; the limits of the crates have tests.
const MAX_BYTES: u32 = 4096;

/// One input that takes longer is a finding.
const SLOWEST_SECONDS: u32 = 5;

/// How every target is run.
#[derive(Debug)]
pub(super) struct Fuzzer {
    pub(super) root: PathBuf,
    pub(super) cargo_fuzz: PathBuf,
    pub(super) target_directory: PathBuf,
    pub(super) seconds: u32,
    pub(super) jobs: u16,
}

impl Fuzzer {
    /// Starts from the seeds and from what earlier runs have kept; a finding is an error.
    pub(super) fn run(&self, name: &str) -> anyhow::Result<()> {
        let [corpus, artifacts, seeds] =
            ["corpus", "artifacts", "seeds"].map(|part| Path::new(FOLDER).join(part).join(name));
        for folder in [&corpus, &artifacts] {
            let folder = self.root.join(folder);
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let before = self.files(&artifacts)?;
        let mut command = self.command(name);
        // New inputs go to the first folder.
        command.arg(&corpus).arg(&seeds);
        command
            .args(["--jobs", &self.jobs.to_string(), "--"])
            .args([
                format!("-max_total_time={}", self.seconds),
                format!("-max_len={MAX_BYTES}"),
                format!("-timeout={SLOWEST_SECONDS}"),
            ]);
        let Err(error) = run(&mut command) else {
            return Ok(());
        };
        let after = self.files(&artifacts)?;
        let found: Vec<&PathBuf> = after.difference(&before).collect();
        if found.is_empty() {
            return Err(error);
        }
        bail!("{}", self.finding(name, &found));
    }

    /// No sanitizer: they are for unsafe code, which this workspace forbids, and what they need of a stable compiler is
    /// `RUSTC_BOOTSTRAP=1`. Without one, cargo-fuzz's coverage flags (`-Cpasses`, `-Cllvm-args`) are all stable.
    fn command(&self, name: &str) -> Command {
        let mut command = command(&self.cargo_fuzz, &self.root);
        command.args(["run", "--fuzz-dir", FOLDER, "--sanitizer", "none"]);
        command
            .arg("--target-dir")
            .arg(&self.target_directory)
            .arg(name);
        command
    }

    fn finding(&self, name: &str, files: &[&PathBuf]) -> String {
        let mut lines = vec![format!("the fuzz target `{name}` found something")];
        for file in files {
            let mut again = self.command(name);
            let again = line(again.arg(file));
            let file = file.display();
            lines.extend([
                format!("  {file}"),
                format!("    reproduce: {again}"),
                format!("    once it is mended: mv {file} {FOLDER}/seeds/{name}/"),
            ]);
        }
        lines.join("\n")
    }

    /// From the root, to be shown as they are.
    fn files(&self, folder: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
        let path = self.root.join(folder);
        let entries =
            fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))?;
        entries
            .map(|entry| Ok(folder.join(entry?.file_name())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_the_file_and_the_command_that_reproduces_it() {
        let fuzzer = Fuzzer {
            root: PathBuf::from("/src"),
            cargo_fuzz: PathBuf::from("/t/tools/bin/cargo-fuzz"),
            target_directory: PathBuf::from("/t/fuzz"),
            seconds: 1,
            jobs: 1,
        };
        let file = PathBuf::from("fuzz/artifacts/url/crash-1");
        assert_eq!(
            fuzzer.finding("url", &[&file]),
            "the fuzz target `url` found something\n  \
             fuzz/artifacts/url/crash-1\n    \
             reproduce: /t/tools/bin/cargo-fuzz run --fuzz-dir fuzz --sanitizer none --target-dir /t/fuzz url \
             fuzz/artifacts/url/crash-1\n    \
             once it is mended: mv fuzz/artifacts/url/crash-1 fuzz/seeds/url/"
        );
    }
}
