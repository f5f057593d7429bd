use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Patient, write};
use crate::xtask::{Project, Result};

/// What a server suffers, one thing after the other.
pub(super) fn findings() -> Result {
    let patient = Patient::new()?;
    let project = &patient.project;
    project.up()?;
    patient.finds("server", "ok", "runs (local)", "");
    patient.finds("database", "ok", "migration(s) are applied", "");
    patient.finds("version", "ok", "is supported", "");
    patient.finds("psql", "warning", "no psql", "install");

    let later = "migrations/20270101000001_later.sql";
    project.write(later, "create table later ();\n")?;
    patient.finds(
        "database",
        "warning",
        "1 migration(s) are pending",
        "cargo xtask db-up",
    );
    fs::remove_file(project.path().join(later))?;

    let secret = ".howdah/secrets/postgres_migrator_pw";
    let right = fs::read_to_string(project.path().join(secret))?;
    write(
        project,
        secret,
        "another-password-0123456789abcdef\n",
        0o600,
    )?;
    patient.finds(
        "database",
        "problem",
        "password authentication failed",
        "cargo xtask db-up",
    );
    write(project, secret, &right, 0o600)?;

    kill_server(project)?;
    patient.finds("server", "warning", "was killed", "cargo xtask db-up");
    project.up()?;
    project.json(&["db-down", "--json"])?;
    patient.finds("server", "ok", "is stopped", "cargo xtask db-up");
    data_findings(&patient)
}

/// While the server is stopped.
fn data_findings(patient: &Patient) -> Result {
    let project = &patient.project;
    let data = fs::canonicalize(project.state("data"))?;
    fs::set_permissions(&data, Permissions::from_mode(0o755))?;
    patient.finds("data", "problem", "has mode 0755", "chmod 700");
    fs::set_permissions(&data, Permissions::from_mode(0o700))?;

    let version = fs::read_to_string(data.join("PG_VERSION"))?;
    fs::write(data.join("PG_VERSION"), "14\n")?;
    patient.finds(
        "data",
        "problem",
        "is of PostgreSQL 14, and the recorded programs",
        "db-up --pg 14",
    );
    fs::write(data.join("PG_VERSION"), version)?;

    let record = fs::read_to_string(project.state("server.json"))?;
    let mut moved: Value = serde_json::from_str(&record)?;
    moved["place"]["binaries"] = "/nowhere/bin".into();
    project.write(".howdah/server.json", &moved.to_string())?;
    patient.finds(
        "data",
        "problem",
        "programs are gone from /nowhere/bin",
        "postgresql-",
    );
    project.write(".howdah/server.json", &record)
}

fn kill_server(project: &Project) -> Result {
    let data: PathBuf = fs::canonicalize(project.state("data"))?;
    let text = fs::read_to_string(data.join("postmaster.pid"))?;
    let pid = text.lines().next().ok_or("no pid")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "what the out-of-memory killer does"
    )]
    let killed = Command::new("kill").args(["-9", pid]).status()?;
    assert!(killed.success());
    let deadline = Instant::now() + Duration::from_secs(10);
    // Dead, or a zombie that this machine's first process has not collected yet.
    while fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < deadline, "the server does not end");
        std::thread::yield_now();
    }
    Ok(())
}
