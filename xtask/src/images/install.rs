use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};

use super::child::{self, Captured, command};

const QUICK: Duration = Duration::from_secs(30);
const SLOW: Duration = Duration::from_mins(10);
const INSTALL: [&str; 6] = [
    "install",
    "--yes",
    "--no-install-recommends",
    "--option",
    "DPkg::Lock::Timeout=120",
    "--",
];

/// Debian's keys. apt inside the new root refuses everything that is not signed with them.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Whether this process may do everything.
pub(super) fn is_root() -> anyhow::Result<bool> {
    let own = std::fs::metadata("/proc/self").context("cannot read /proc/self")?;
    Ok(own.uid() == 0)
}

/// Sees to it that mmdebstrap and what it needs are there. `log` takes apt's words.
pub(super) fn install(log: &Path, words: &mut dyn Write) -> anyhow::Result<()> {
    let root = is_root()?;
    let missing = missing(root)?;
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !root || !is_there("apt-get", "--version")? {
        bail!(
            "{names} must be installed first: sudo apt-get install --yes --no-install-recommends {names}"
        );
    }
    writeln!(words, "installing {names} with apt-get")?;
    let apt = |arguments: &[&str]| {
        let mut apt = command("apt-get", arguments.iter().copied());
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        child::run(
            &mut apt,
            &format!("`apt-get {}`", arguments.join(" ")),
            log,
            SLOW,
        )
    };
    let install = [INSTALL.as_slice(), missing.as_slice()].concat();
    // The package lists are often missing (containers) or old; fetching them is only worth it then.
    if apt(&install).is_err() {
        apt(&["update"])?;
        apt(&install)?;
    }
    Ok(())
}

fn missing(root: bool) -> anyhow::Result<Vec<&'static str>> {
    let mut missing = Vec::new();
    if !is_there("mmdebstrap", "--version")? {
        missing.push("mmdebstrap");
    }
    if !Path::new(KEYRING).exists() {
        missing.push("debian-archive-keyring");
    }
    // Without root rights mmdebstrap works in a user namespace, for which it needs more than one user id.
    if !root && !is_there("newuidmap", "0")? {
        missing.push("uidmap");
    }
    Ok(missing)
}

fn is_there(program: &str, argument: &str) -> anyhow::Result<bool> {
    Ok(child::capture(command(program, [argument]), QUICK)? != Captured::Missing)
}
