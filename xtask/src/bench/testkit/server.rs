use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::scratch::Scratch;
use crate::command::{command, output};

const MEMORY: &str = "/dev/shm";
const DEADLINE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(5);

/// A directory for the files of servers, which is empty when none runs.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) directory: PathBuf,
    /// `tmpfs`, `ext4`, `btrfs` and so on, as `df` says it.
    pub(super) file_system: String,
}

/// A server of its own, until this value is dropped.
#[derive(Debug)]
pub(super) struct Held {
    process: Child,
    pub(super) url: String,
    /// From its start to its first answer.
    pub(super) took: Duration,
}

impl Place {
    /// In memory, if this system has that.
    pub(super) fn memory() -> anyhow::Result<Option<Self>> {
        let memory = Path::new(MEMORY);
        if !memory.is_dir() {
            return Ok(None);
        }
        Self::new(memory.join(format!("howdah-bench-{}", std::process::id()))).map(Some)
    }

    /// Below the target directory.
    pub(super) fn disk(scratch: &Scratch) -> anyhow::Result<Self> {
        Self::new(scratch.root.join("servers"))
    }

    fn new(directory: PathBuf) -> anyhow::Result<Self> {
        if directory.exists() {
            fs::remove_dir_all(&directory)
                .with_context(|| format!("cannot remove {}", directory.display()))?;
        }
        fs::create_dir(&directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
        // A heading, and what is asked for.
        let found = output(command("df", &directory).args(["--output=fstype", "."]));
        let name = found.unwrap_or_default();
        Ok(Self {
            file_system: name.lines().nth(1).unwrap_or("unknown").to_owned(),
            directory,
        })
    }

    /// Until the last server here has gone, and with it what it leaves for the next.
    pub(super) fn settle(&self) -> anyhow::Result<()> {
        let end = Instant::now() + DEADLINE;
        while fs::read_dir(&self.directory)?.next().is_some() {
            if Instant::now() > end {
                bail!(
                    "{} is not empty after {DEADLINE:?}",
                    self.directory.display()
                );
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left is below the target directory or in memory, and has this process's number.
        drop(fs::remove_dir_all(&self.directory));
    }
}

impl Held {
    /// Local binaries, with their files in this place.
    pub(super) fn local(scratch: &Scratch, place: &Place) -> anyhow::Result<Self> {
        let mut hold = clean(&scratch.hold, scratch);
        hold.arg("local").env("HOWDAH_TEST_DIR", &place.directory);
        Self::start(hold)
    }

    /// A container from this image.
    pub(super) fn container(scratch: &Scratch, image: &str) -> anyhow::Result<Self> {
        let mut hold = clean(&scratch.hold, scratch);
        hold.arg("container").env("HOWDAH_TEST_IMAGE", image);
        Self::start(hold)
    }

    fn start(mut hold: Command) -> anyhow::Result<Self> {
        let mut process = hold.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let said = process.stdout.take().context("no standard output")?;
        BufReader::new(said).read_line(&mut line)?;
        let (took, url) = line
            .trim()
            .split_once(' ')
            .context("no server has started; its own words are above")?;
        Ok(Self {
            took: Duration::from_micros(took.parse()?),
            url: url.to_owned(),
            process,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

/// The program, and of howdah-testkit's variables only what is set here.
pub(super) fn clean(program: &Path, scratch: &Scratch) -> Command {
    let mut command = command(program, &scratch.root);
    for variable in howdah_cli::process_environment().into_keys() {
        if variable.starts_with("HOWDAH_TEST_") || variable == "DATABASE_URL" {
            command.env_remove(variable);
        }
    }
    command
        .env("CARGO_MANIFEST_DIR", &scratch.root)
        .env("CARGO_TARGET_DIR", scratch.cache())
        .env("HOWDAH_TEST_LINGER", "0");
    command
}
