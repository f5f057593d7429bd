use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use howdah_server::{Error, Status};

use super::finding::Finding;
use super::program::{ask, is_executable, which};
use super::site::Site;
use super::{database, support, within};

const CHECK: &str = "server";
const UP: &str = "cargo xtask db-up";

/// The project's server: what is recorded, its data, whether it runs, and what it answers.
pub(crate) async fn check(site: &Site) -> Vec<Finding> {
    let directory = site.project.state();
    let looking = howdah_server::status(&directory, &site.environment);
    let status = match tokio::time::timeout(super::PATIENCE, looking).await {
        Ok(Ok(Some(status))) => status,
        Ok(Ok(None)) => return vec![Finding::ok(CHECK, "there is none yet").mend(UP)],
        Ok(Err(error)) => return vec![of_error(&error)],
        Err(_elapsed) => return vec![Finding::problem(CHECK, "its engine does not answer")],
    };
    let mut findings = Vec::new();
    if let Some(data) = &status.data {
        findings.extend(of_data(site, data, status.binaries.as_deref()));
    }
    if let Some(version) = status.version {
        findings.push(support::check(version.major));
    }
    match status.port.filter(|_| status.running) {
        Some(port) => {
            findings.push(Finding::ok(
                CHECK,
                format!("runs ({}) on port {port}", status.backend),
            ));
            findings.extend(within("database", database::check(site, port)).await);
        }
        None => findings.push(within(CHECK, stopped(site, &status)).await.remove(0)),
    }
    findings
}

/// The messages of the server say what to do behind the last colon.
fn of_error(error: &Error) -> Finding {
    match error {
        Error::Record {
            path,
            problem,
            mend,
            ..
        } => Finding::problem(CHECK, format!("{} {problem}", path.display())).mend(mend.as_str()),
        Error::NotFound { tried, .. } => {
            let why: Vec<String> = tried
                .iter()
                .map(|tried| format!("{}: {}", tried.what, tried.why))
                .collect();
            let finding = Finding::problem(
                CHECK,
                format!("its engine does not answer: {}", why.join("; ")),
            );
            match tried.first() {
                Some(tried) => finding.mend(tried.mend.as_str()),
                None => finding,
            }
        }
        other => Finding::problem(CHECK, super::site::in_full(other)),
    }
}

async fn stopped(site: &Site, status: &Status) -> Vec<Finding> {
    let was_killed = status
        .data
        .as_ref()
        .is_some_and(|data| data.join("postmaster.pid").exists());
    let is_gone = match (&status.container, &status.engine) {
        (Some(container), Some((engine, _))) => is_gone(site, engine, container).await,
        _ => false,
    };
    let container = status.container.as_deref().unwrap_or_default();
    vec![if was_killed {
        Finding::warning(
            CHECK,
            "was killed, and left its postmaster.pid; the next start repairs that",
        )
        .mend(UP)
    } else if is_gone {
        Finding::warning(
            CHECK,
            format!("its container {container} is gone; the next start makes it again"),
        )
        .mend(UP)
    } else {
        Finding::ok(CHECK, format!("is stopped ({})", status.backend)).mend(UP)
    }]
}

async fn is_gone(site: &Site, engine: &str, container: &str) -> bool {
    let Some(program) = which(engine, &site.environment) else {
        return false;
    };
    let asked = ask(
        &program,
        &["container", "inspect", container],
        &site.environment,
    )
    .await;
    asked.is_err_and(|why| why.to_lowercase().contains("no such container"))
}

fn of_data(site: &Site, data: &Path, binaries: Option<&Path>) -> Vec<Finding> {
    const CHECK: &str = "data";
    let shown = site.shown(data);
    let Ok(found) = data.metadata() else {
        return vec![Finding::ok(
            CHECK,
            format!("{shown} is not there; the next start makes it"),
        )];
    };
    let mut findings = Vec::new();
    let mode = found.mode() & 0o777;
    if mode & 0o027 != 0 {
        findings.push(
            Finding::problem(
                CHECK,
                format!(
                    "{shown} has mode {mode:04o}, and a server refuses anything but 0700 and 0750"
                ),
            )
            .mend(format!("sudo chmod 700 {shown}")),
        );
    }
    findings.extend(of_owner(&shown, data, found.uid()));
    findings.extend(of_major(&shown, data, binaries));
    if findings.is_empty() {
        findings.push(Finding::ok(
            CHECK,
            format!("{shown} is private and fits its server"),
        ));
    }
    findings
}

/// The server runs as the owner of the directory; its files must be the same user's.
fn of_owner(shown: &str, data: &Path, owner: u32) -> Option<Finding> {
    const CHECK: &str = "data";
    let me = rustix::process::geteuid().as_raw();
    if owner == 0 || (me != 0 && owner != me) {
        let detail =
            format!("{shown} belongs to user {owner}, as whom the server cannot be started");
        let whom = if me == 0 { "postgres" } else { "\"$USER\"" };
        return Some(Finding::problem(CHECK, detail).mend(format!("sudo chown -R {whom} {shown}")));
    }
    let file = data.join("PG_VERSION").metadata().ok()?;
    (file.uid() != owner).then(|| {
        Finding::problem(
            CHECK,
            format!(
                "files in {shown} belong to user {}, and not to its owner {owner}",
                file.uid()
            ),
        )
        .mend(format!("sudo chown -R {owner} {shown}"))
    })
}

fn of_major(shown: &str, data: &Path, binaries: Option<&Path>) -> Option<Finding> {
    const CHECK: &str = "data";
    let major = fs::read_to_string(data.join("PG_VERSION")).ok()?;
    let major = major.trim();
    let binaries = binaries?;
    if !is_executable(&binaries.join("postgres")) {
        return Some(
            Finding::problem(
                CHECK,
                format!(
                    "{shown} is of PostgreSQL {major}, whose programs are gone from {}",
                    binaries.display()
                ),
            )
            .mend(format!(
                "sudo apt-get install --no-install-recommends postgresql-{major}"
            )),
        );
    }
    let of_binaries = binaries.parent()?.file_name()?.to_str()?;
    let differs = of_binaries.parse::<u16>().is_ok() && of_binaries != major;
    differs.then(|| {
        Finding::problem(
            CHECK,
            format!(
                "{shown} is of PostgreSQL {major}, and the recorded programs are of {of_binaries}"
            ),
        )
        .mend(format!("cargo xtask db-up --pg {major}"))
    })
}
