use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::context::{Call, Context};
use crate::process::{Program, is_executable, which};
use crate::{Error, Tried, install};

const PACKAGE: &str = "pgbouncer";
const PLACES: [&str; 3] = [
    "/usr/sbin/pgbouncer",
    "/usr/local/sbin/pgbouncer",
    "/opt/homebrew/bin/pgbouncer",
];
const PATIENCE: Duration = Duration::from_secs(5);
/// Asked by the package whether its service may be started:
/// <https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt>
const POLICY: &str = "/usr/sbin/policy-rc.d";
const FORBID: &str = "#!/bin/sh
# Written by howdah while it installs pgbouncer, which it starts by itself.
[ \"$1\" != pgbouncer ] || exit 101
";
/// Where systemd looks first: a service that leads nowhere is not started with the computer either.
const SERVICE: &str = "/etc/systemd/system/pgbouncer.service";

/// The program of PgBouncer.
#[derive(Debug)]
pub(super) struct PgBouncer {
    pub(super) path: PathBuf,
    pub(super) version: (u16, u16),
    pub(super) words: String,
}

pub(super) async fn find_or_install(cx: &mut Context<'_>) -> Result<PgBouncer, Error> {
    if let Some(path) = find(cx) {
        return ask(cx, path).await;
    }
    if let Err(tried) = install::possible_for(cx.request, PACKAGE) {
        return Err(missing(vec![nowhere(), tried]));
    }
    let kept = keep_service_down();
    let fetched = install::fetch(cx, PACKAGE).await;
    for path in kept
        .iter()
        .filter(|path| path.as_os_str() == POLICY || fetched.is_err())
    {
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!("{} stays: {error}", path.display());
        }
    }
    fetched?;
    match find(cx) {
        Some(path) => ask(cx, path).await,
        None => Err(missing(vec![nowhere()])),
    }
}

fn find(call: &Call<'_>) -> Option<PathBuf> {
    let elsewhere = || {
        let mut places = PLACES.iter().map(Path::new);
        places.find(|path| is_executable(path)).map(Path::to_owned)
    };
    which(PACKAGE, &call.request.environment).or_else(elsewhere)
}

async fn ask(call: &Call<'_>, path: PathBuf) -> Result<PgBouncer, Error> {
    let program = Program::server(&path, &call.request.environment).arg("--version");
    let words = program.succeed(PATIENCE).await?.stdout;
    let version = version(&words).unwrap_or_default();
    let words = words.lines().next().unwrap_or_default();
    let words = words.trim_start_matches("PgBouncer ").to_owned();
    Ok(PgBouncer {
        path,
        version,
        words,
    })
}

/// `PgBouncer 1.18.0`
fn version(answer: &str) -> Option<(u16, u16)> {
    let mut numbers = answer.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Keeps the package from starting a pooler that nobody asked for. Gives what was written; a choice that the
/// administrator made is left alone.
fn keep_service_down() -> Vec<PathBuf> {
    let mut written = Vec::new();
    let mut options = fs::File::options();
    options.write(true).create_new(true).mode(0o755);
    let policy = options
        .open(POLICY)
        .and_then(|mut file| file.write_all(FORBID.as_bytes()));
    let mask = std::os::unix::fs::symlink("/dev/null", SERVICE);
    for (path, done) in [(POLICY, policy), (SERVICE, mask)] {
        match done {
            Ok(()) => written.push(PathBuf::from(path)),
            Err(error) => tracing::debug!("{path} is not written: {error}"),
        }
    }
    written
}

fn missing(tried: Vec<Tried>) -> Error {
    Error::NotFound {
        wanted: "PgBouncer",
        tried,
    }
}

fn nowhere() -> Tried {
    Tried::new(
        PACKAGE,
        "it is neither on the PATH nor where packages put it",
        if cfg!(target_os = "macos") {
            "`brew install pgbouncer`"
        } else {
            "`sudo apt-get install --no-install-recommends pgbouncer`, or your system's package"
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read() {
        let answer = "PgBouncer 1.18.0\nlibevent 2.1.12-stable\n";
        assert_eq!(version(answer), Some((1, 18)));
        assert_eq!(version("PgBouncer"), None);
    }
}
