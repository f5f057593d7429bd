//! The distribution's server package, on Debian and its descendants.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::account::am_root;
use crate::binaries::Binaries;
use crate::context::Context;
use crate::process::{Program, which};
use crate::{Error, Event, Request, Tried};

const WHAT: &str = "installing the server";
/// A download takes as long as the network needs, and the package manager must not be killed in the middle.
const LIMIT: Duration = Duration::from_mins(15);
/// Read by `pg_createcluster`, which the package calls to make and start a server on port 5432.
const CREATE_CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";
const NO_CLUSTER: &str = "
# Written by howdah, which needs the programs only: no server on port 5432 that nobody asked for.
create_main_cluster = false
";

/// Whether it may and can be done, or why not.
pub(crate) fn possible(request: &Request) -> Result<(), Tried> {
    possible_for(request, &package(request.version))
}

/// The same for another package.
pub(crate) fn possible_for(request: &Request, package: &str) -> Result<(), Tried> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let apt = which("apt-get", &request.environment).is_some();
    judge(request, package, is_debian(&release) && apt, am_root())
}

/// Installs it.
pub(crate) async fn install(cx: &mut Context<'_>) -> Result<Binaries, Error> {
    let package = package(cx.request.version);
    let before = prevent_cluster()?;
    if let Err(error) = fetch(cx, &package).await {
        restore(before);
        return Err(error);
    }
    let found = Binaries::find(&cx.request.environment).await;
    found
        .into_iter()
        .filter(|binaries| {
            cx.request
                .version
                .is_none_or(|major| major == binaries.major)
        })
        .max_by_key(|binaries| binaries.major)
        .ok_or_else(|| Error::NotFound {
            wanted: "server binaries, although their package was installed,",
            tried: vec![Tried::new(
                package.as_str(),
                "no `postgres` and `initdb` in it",
                format!("`dpkg -L {package}` says what is in it"),
            )],
        })
}

/// As one of the ways that did not lead to a server.
pub(crate) fn failed(request: &Request, error: &Error) -> Tried {
    let words = error.to_string();
    let why = words.lines().last().unwrap_or("it failed");
    let mend = match request.version {
        Some(_) => {
            "ask for a version this system has (`apt-cache search --names-only '^postgresql-[0-9]+$'`), \
             or add the packages of https://wiki.postgresql.org/wiki/Apt"
        }
        None => "`apt-get update`, then try again",
    };
    Tried::new(WHAT, why, mend)
}

/// Installs a package.
pub(crate) async fn fetch(cx: &mut Context<'_>, package: &str) -> Result<(), Error> {
    let line = format!("`apt-get install --no-install-recommends {package}`");
    cx.tell(Event::Installing { line: &line });
    if let Err(error) = apt(cx, &install_args(package)).await {
        tracing::debug!("once more after an update: {error}");
        apt(cx, &["update".to_owned()]).await?;
        apt(cx, &install_args(package)).await?;
    }
    Ok(())
}

fn judge(request: &Request, package: &str, is_debian: bool, is_root: bool) -> Result<(), Tried> {
    let what = format!("installing the package {package}");
    let command = format!("`sudo apt-get install --no-install-recommends {package}`");
    if !is_debian {
        return Err(Tried::new(
            what,
            "this is neither Debian nor Ubuntu",
            "install it the way your system does",
        ));
    }
    if !request.install {
        return Err(Tried::new(what, "it is forbidden (--no-install)", command));
    }
    if !is_root {
        return Err(Tried::new(what, "only root can", command));
    }
    Ok(())
}

fn is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| {
            line.strip_prefix("ID=")
                .or_else(|| line.strip_prefix("ID_LIKE="))
        })
        .flat_map(|value| value.trim_matches('"').split_whitespace())
        .any(|name| matches!(name, "debian" | "ubuntu"))
}

fn package(version: Option<u16>) -> String {
    version.map_or_else(
        || "postgresql".to_owned(),
        |major| format!("postgresql-{major}"),
    )
}

fn install_args(package: &str) -> Vec<String> {
    [
        "install",
        "-y",
        "--no-install-recommends",
        // The file of `prevent_cluster` stays as it is.
        "-o",
        "Dpkg::Options::=--force-confold",
        package,
    ]
    .map(ToOwned::to_owned)
    .to_vec()
}

/// Gives back what the file held before, if this changed it. A choice that the administrator made is left alone.
fn prevent_cluster() -> Result<Option<String>, Error> {
    let path = Path::new(CREATE_CLUSTER);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(Error::file("create", directory))?;
    }
    let before = fs::read_to_string(path).unwrap_or_default();
    if decides_about_clusters(&before) {
        return Ok(None);
    }
    fs::write(path, format!("{before}{NO_CLUSTER}")).map_err(Error::file("write", path))?;
    Ok(Some(before))
}

/// Nothing was installed, so nothing stays changed.
fn restore(before: Option<String>) {
    let restored = match before {
        None => Ok(()),
        Some(before) if before.is_empty() => fs::remove_file(CREATE_CLUSTER),
        Some(before) => fs::write(CREATE_CLUSTER, before),
    };
    if let Err(error) = restored {
        tracing::warn!("{CREATE_CLUSTER} stays changed: {error}");
    }
}

fn decides_about_clusters(text: &str) -> bool {
    text.lines()
        .any(|line| line.trim_start().starts_with("create_main_cluster"))
}

async fn apt(cx: &mut Context<'_>, args: &[String]) -> Result<(), Error> {
    let path = which("apt-get", &cx.request.environment).unwrap_or_else(|| "apt-get".into());
    let program = Program::new(path, &cx.request.environment)
        .args(args.to_vec())
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C");
    let on_event = &mut *cx.on_event;
    program
        .stream(LIMIT, &mut |line| on_event(Event::Installing { line }))
        .await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn debian_and_its_descendants_are_recognised() {
        assert!(is_debian(
            "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"
        ));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nNAME=debian\n"));
    }

    #[test]
    fn it_is_done_only_where_it_may_and_can_be_done() {
        let mut request = Request::new(BTreeMap::new());
        assert_eq!(judge(&request, "postgresql", true, true), Ok(()));
        assert_eq!(
            judge(&request, "postgresql", false, true).unwrap_err().why,
            "this is neither Debian nor Ubuntu"
        );
        assert_eq!(
            judge(&request, "postgresql", true, false).unwrap_err().why,
            "only root can"
        );
        request.install = false;
        request.version = Some(17);
        let tried = judge(&request, "postgresql-17", true, true).unwrap_err();
        assert_eq!(tried.why, "it is forbidden (--no-install)");
        assert!(tried.mend.contains("postgresql-17"));
    }

    #[test]
    fn a_choice_of_the_administrator_is_seen() {
        assert!(decides_about_clusters("create_main_cluster = true\n"));
        assert!(!decides_about_clusters(
            "# create_main_cluster = true\nssl = on\n"
        ));
    }
}
