//! Every finding of the doctor, provoked.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::xtask::{Project, Result, words};

mod on_a_server;

mod on_local_binaries {
    use crate::xtask::Result;

    #[test]
    fn what_a_server_suffers_is_found() -> Result {
        super::on_a_server::findings()
    }
}

/// A project, and a directory of programs that come first on the `PATH`.
struct Patient {
    project: Project,
    programs: tempfile::TempDir,
}

impl Patient {
    fn new() -> Result<Self> {
        Ok(Self {
            project: Project::new("local")?,
            programs: tempfile::tempdir()?,
        })
    }

    fn program(&self, name: &str, script: &str) -> Result {
        let path = self.programs.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n"))?;
        Ok(fs::set_permissions(path, Permissions::from_mode(0o755))?)
    }

    /// With only those programs on the `PATH`.
    fn doctor(&self) -> Command {
        let mut command = self.project.command(&["doctor", "--json"]);
        command
            .env("PATH", self.programs.path())
            .env("TMPDIR", self.programs.path())
            .env_remove("DOCKER_HOST")
            .env_remove("CONTAINER_HOST");
        command
    }

    /// There is a finding of this check and state whose detail and mend hold these words; the exit code fits.
    #[track_caller]
    fn finds(&self, check: &str, state: &str, detail: &str, mend: &str) {
        finds(&mut self.doctor(), [check, state, detail, mend]);
    }
}

#[track_caller]
fn finds(doctor: &mut Command, [check, state, detail, mend]: [&str; 4]) {
    let output = doctor.output().unwrap();
    let said = words(&output);
    let Ok(Value::Array(findings)) = serde_json::from_slice(&output.stdout) else {
        panic!("no list: {said}");
    };
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap_or("").to_owned();
    let found = findings.iter().any(|finding| {
        finding["check"] == check
            && finding["state"] == state
            && text(finding, "detail").contains(detail)
            && text(finding, "mend").contains(mend)
    });
    assert!(
        found,
        "no {state} of {check} with {detail:?} and {mend:?} in {said}"
    );
    let has_problem = findings.iter().any(|finding| finding["state"] == "problem");
    assert_eq!(output.status.code(), Some(i32::from(has_problem)), "{said}");
}

#[test]
fn a_healthy_project_has_no_problem_and_a_line_for_each_check() -> Result {
    let project = Project::new("local")?;
    let output = project.run(&["doctor"])?;
    let said = String::from_utf8(output.stdout.clone())?;
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    for check in [
        "settings", "engine", "binaries", "backend", "psql", "port", "server", "disk",
    ] {
        let line = said
            .lines()
            .find(|line| line.get(9..).is_some_and(|line| line.starts_with(check)));
        assert!(line.is_some(), "{check} in {said}");
    }
    assert!(!project.state("").exists(), "a doctor changes nothing");
    Ok(())
}

#[test]
fn an_engine_that_cannot_be_used_is_named_with_what_mends_it() -> Result {
    let patient = Patient::new()?;
    patient.finds("engine", "ok", "no docker or podman", "");
    for (words, mend) in [
        (
            "permission denied while trying to connect to the Docker daemon socket",
            "usermod",
        ),
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock",
            "systemctl start docker",
        ),
        (
            "client version 1.24 is too old. Minimum supported API version is 1.44",
            "DOCKER_API_VERSION",
        ),
    ] {
        patient.program("docker", &format!("echo '{words}' >&2; exit 1"))?;
        patient.finds("engine", "warning", words, mend);
    }
    patient.program("docker", "exit 0")?;
    patient.finds(
        "images",
        "warning",
        "no image",
        "docker pull postgres:17-alpine",
    );
    patient.program("docker", "[ $1 != images ] || echo postgres:16")?;
    patient.finds("images", "ok", "postgres:16", "");
    finds(
        patient.doctor().env("DOCKER_HOST", "tcp://10.0.0.5:2376"),
        [
            "engine",
            "warning",
            "tcp://10.0.0.5:2376, another computer",
            "unset DOCKER_HOST",
        ],
    );
    let lost = "[ $1 != ps ] || printf 'howdah-shop-1\\t/nowhere/.howdah\\n'";
    patient.program("docker", lost)?;
    patient.finds(
        "leftovers",
        "warning",
        "belongs to /nowhere",
        "docker rm -f howdah-shop-1 && docker volume rm",
    );
    Ok(())
}

#[test]
fn engines_that_hang_hold_nobody_up() -> Result {
    let patient = Patient::new()?;
    for name in ["docker", "podman", "psql"] {
        patient.program(name, "exec /bin/sleep 60")?;
    }
    let begun = Instant::now();
    patient.finds("engine", "warning", "no answer within", "docker info");
    let elapsed = begun.elapsed();
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
    patient.finds(
        "engine",
        "warning",
        "podman cannot be used: no answer within",
        "podman info",
    );
    patient.finds("psql", "problem", "no answer within", "install");
    Ok(())
}

#[test]
fn settings_and_migrations_are_reported_with_their_places() -> Result {
    let patient = Patient::new()?;
    let project = &patient.project;
    project.write("migrations/20270101_a.up.down.sql", "")?;
    patient.finds("migrations", "problem", "20270101_a.up.down.sql", "change ");
    fs::remove_dir_all(project.path().join("migrations"))?;
    patient.finds(
        "migrations",
        "problem",
        "cannot read migrations",
        "mkdir -p migrations",
    );
    project.write("howdah.yaml", "database:\n  port: abc\n  schemaa: app\n")?;
    patient.finds("settings", "problem", "howdah.yaml:2:", "howdah.yaml:2:");
    patient.finds("settings", "problem", "howdah.yaml:3:", "howdah.yaml:3:");
    project.write("howdah.yaml", "database: { environment: production }\n")?;
    patient.finds("settings", "problem", "production", "");
    project.write("howdah.yaml", "database: {}\n")
}

#[test]
fn a_port_that_is_taken_is_reported_with_its_owner() -> Result {
    let patient = Patient::new()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    patient
        .project
        .write("howdah.yaml", &format!("database: {{ port: {port} }}\n"))?;
    let owner = format!("(pid {})", std::process::id());
    patient.finds("port", "warning", &owner, "kill");
    drop(listener);
    patient.finds("port", "ok", "is free", "");
    patient.project.write("howdah.yaml", "database: {}\n")
}

#[test]
fn secrets_that_are_no_secrets_are_reported() -> Result {
    let patient = Patient::new()?;
    let project = &patient.project;
    let secrets = project.state("secrets");
    fs::create_dir_all(&secrets)?;
    fs::set_permissions(&secrets, Permissions::from_mode(0o755))?;
    patient.finds(
        "secrets",
        "problem",
        ".howdah/secrets is open",
        "chmod 700 .howdah/secrets",
    );
    fs::set_permissions(&secrets, Permissions::from_mode(0o700))?;
    let app = ".howdah/secrets/postgres_app_user_pw";
    write(project, app, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", 0o644)?;
    patient.finds(
        "secrets",
        "problem",
        "postgres_app_user_pw is open",
        &format!("chmod 600 {app}"),
    );
    write(project, app, "changeme\n", 0o600)?;
    patient.finds(
        "secrets",
        "warning",
        "postgres_app_user_pw",
        "secrets generate --force",
    );
    write(project, ".howdah/env", "DATABASE_URL=x\n", 0o640)?;
    patient.finds(
        "env file",
        "problem",
        ".howdah/env is open",
        "chmod 600 .howdah/env",
    );
    write(project, ".env", "A=b\n", 0o644)?;
    patient.finds(".env", "warning", ".env is open", "chmod 600 .env");
    Ok(())
}

#[test]
fn an_env_file_that_git_tracks_is_reported() -> Result {
    let patient = Patient::new()?;
    let project = &patient.project;
    write(project, ".env", "A=b\n", 0o600)?;
    let git = |args: &[&str]| {
        #[expect(clippy::disallowed_methods, reason = "the command that people type")]
        let done = Command::new("git")
            .args(args)
            .current_dir(project.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", words(&done));
    };
    git(&["init", "--quiet"]);
    let mut doctor = project.command(&["doctor"]);
    assert!(!words(&doctor.output()?).contains("git tracks"));
    git(&["add", "--force", ".env"]);
    finds(
        &mut project.command(&["doctor", "--json"]),
        [".env", "problem", "git tracks .env", "git rm --cached .env"],
    );
    Ok(())
}

#[test]
fn what_interrupted_runs_left_is_reported() -> Result {
    let patient = Patient::new()?;
    let project = &patient.project;
    fs::create_dir_all(project.state(""))?;
    project.write(".howdah/server.json.new", "{")?;
    let draft = project.state("server.json.new");
    let an_hour_ago = draft.metadata()?.modified()? - Duration::from_hours(1);
    patient.finds("leftovers", "ok", "none", "");
    File::options()
        .write(true)
        .open(&draft)?
        .set_modified(an_hour_ago)?;
    patient.finds(
        "leftovers",
        "warning",
        "server.json.new",
        "rm -r .howdah/server.json.new",
    );
    let of_tests = patient.programs.path().join("howdah-test-abc");
    fs::create_dir(&of_tests)?;
    File::open(&of_tests)?.set_modified(an_hour_ago - Duration::from_hours(24))?;
    patient.finds("leftovers", "warning", "a day old", "howdah-test-abc");
    Ok(())
}

#[test]
fn what_db_up_remembers_and_cannot_have_any_more_is_reported() -> Result {
    let patient = Patient::new()?;
    let project = &patient.project;
    fs::create_dir_all(project.state(""))?;
    let options =
        json!({ "settings": { "work_mem": "7MB" }, "hba_file": project.path().join("hba.conf") });
    project.write(".howdah/options.json", &options.to_string())?;
    patient.finds("options", "problem", "hba.conf is gone", "db-up --plain");
    project.write("hba.conf", "")?;
    patient.finds("options", "ok", "db-up --set work_mem=7MB --hba-file /", "");
    project.write(".howdah/options.json", "{\"tls\": true}")?;
    patient.finds("options", "problem", "server.crt is gone", "db-up --tls");
    project.write(".howdah/options.json", "{")?;
    patient.finds(
        "options",
        "problem",
        "is not what db-up wrote",
        "rm .howdah/options.json",
    );
    Ok(())
}

#[test]
fn a_record_that_leads_nowhere_is_reported() -> Result {
    let patient = Patient::new()?;
    let project = &patient.project;
    fs::create_dir_all(project.state(""))?;
    project.write(".howdah/server.json", "{\"format\":")?;
    patient.finds("server", "problem", "server.json is not a record", "rm ");
    patient.finds(
        "secrets",
        "problem",
        "postgres_superuser_pw is gone",
        "restore the file",
    );
    let place = json!({ "backend": "container", "engine": "docker", "address": null, "name": "howdah-none-1", "image": "x" });
    let record = json!({
        "format": 1, "place": place, "port": null, "wished_port": null,
        "version": { "major": 12, "minor": 3 }, "settings": {}, "throwaway": false,
    });
    project.write(".howdah/server.json", &record.to_string())?;
    patient.finds("server", "problem", "no `docker` command", "install docker");
    patient.program(
        "docker",
        "echo 'Error: No such container: howdah-none-1' >&2; exit 1",
    )?;
    patient.finds(
        "server",
        "warning",
        "its container howdah-none-1 is gone",
        "cargo xtask db-up",
    );
    patient.finds(
        "version",
        "warning",
        "12 is not supported any more",
        "--pg 17",
    );
    fs::remove_file(project.state("server.json"))?;
    Ok(())
}

fn write(project: &Project, name: &str, text: &str, mode: u32) -> Result {
    project.write(name, text)?;
    Ok(fs::set_permissions(
        project.path().join(name),
        Permissions::from_mode(mode),
    )?)
}
