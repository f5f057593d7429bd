use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use super::child::{self, Captured, command};
use super::recipe::{OPTIONS, Recipe};
use super::workshop::Workshop;
use super::{install, mirror};

const QUICK: Duration = Duration::from_mins(1);
const SLOW: Duration = Duration::from_mins(30);

/// Ties a build to this process: if it is killed, the kernel kills mmdebstrap too and takes the mounts away that it
/// had made below its root (the running system's /dev among them).
const TIED: [&str; 9] = [
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// The root file system of the recipe, as a tar file: the kept one, else a new one.
pub(super) fn rootfs(
    recipe: &Recipe,
    workshop: &Workshop,
    force: bool,
    words: &mut dyn Write,
) -> anyhow::Result<PathBuf> {
    let name = recipe.rootfs_name();
    let finished = workshop.path(&name);
    if finished.exists() && !force {
        return Ok(finished);
    }
    install::install(&workshop.path("apt.log"), words)?;
    let log = workshop.path(&format!("mmdebstrap-{}.log", recipe.release.major));
    writeln!(
        words,
        "installing PostgreSQL {} of Debian {} into a root file system (details: {})",
        recipe.release.major,
        recipe.release.suite,
        log.display()
    )?;
    let unfinished = workshop.unfinished()?;
    let tar = unfinished.join("rootfs.tar");
    child::run(
        &mut mmdebstrap(recipe, &unfinished, &tar)?,
        "mmdebstrap",
        &log,
        SLOW,
    )
    .with_context(advice)?;
    fs::rename(&tar, &finished).with_context(|| format!("cannot make {}", finished.display()))?;
    workshop.remove_others(&recipe.rootfs_prefix(), &name)?;
    Ok(finished)
}

/// The versions of PostgreSQL's own packages in a root file system: `postgresql-17=17.11-0+deb13u1,...`.
pub(super) fn packages(tar: &Path, major: u16) -> anyhow::Result<String> {
    let file = tar.to_string_lossy();
    let arguments = [
        "--extract",
        "--to-stdout",
        "--file",
        &file,
        "./usr/share/howdah/packages",
    ];
    match child::capture(command("tar", arguments), QUICK)? {
        Captured::Done(all) => Ok(choose(&all, major)),
        Captured::Failed(words) => bail!(
            "cannot read the list of packages in {file}: {}",
            words.trim()
        ),
        Captured::Missing => bail!("tar is missing"),
    }
}

fn mmdebstrap(recipe: &Recipe, unfinished: &Path, tar: &Path) -> anyhow::Result<Command> {
    // mmdebstrap runs a hook that is an executable file as it is; in a checkout the mode may have been lost.
    let hook = unfinished.join("shrink.sh");
    fs::copy(recipe.directory.join("shrink.sh"), &hook)?;
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755))?;

    let mut call = tied_command()?;
    call.env("TMPDIR", unfinished)
        .env("PG_MAJOR", recipe.release.major.to_string());
    call.args(OPTIONS)
        .arg(format!("--include={}", recipe.include()));
    call.arg(format!("--customize-hook={}", hook.display()));
    call.arg(recipe.release.suite)
        .arg(tar)
        .arg(mirror::mirror()?);
    Ok(call)
}

/// Where the kernel refuses such ties (no root rights, or a container without them), mmdebstrap runs without.
fn tied_command() -> anyhow::Result<Command> {
    let [program, arguments @ ..] = TIED;
    let probe = command(program, arguments.into_iter().chain(["true"]));
    if !install::is_root()? || !matches!(child::capture(probe, QUICK)?, Captured::Done(_)) {
        return Ok(command("mmdebstrap", []));
    }
    Ok(command(
        program,
        arguments.into_iter().chain(["mmdebstrap"]),
    ))
}

fn advice() -> String {
    format!(
        "the root file system was not built; another mirror of Debian can be named with {}",
        mirror::VARIABLE
    )
}

fn choose(all: &str, major: u16) -> String {
    let wanted = [
        format!("postgresql-{major}="),
        format!("postgresql-client-{major}="),
        "libpq5=".to_owned(),
    ];
    let ours = all
        .lines()
        .filter(|line| wanted.iter().any(|start| line.starts_with(start)));
    ours.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_names_postgresqls_own_packages() {
        let all = "bash=5.2\nlibpq5=17.11-1\nlibpq5-x=1\npostgresql-17=17.11-1\npostgresql-client-17=17.11-1\npostgresql-common=278\n";
        assert_eq!(
            choose(all, 17),
            "libpq5=17.11-1,postgresql-17=17.11-1,postgresql-client-17=17.11-1"
        );
    }
}
